package io.github.resnetserving.models;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Per-channel standardisation, {@code (value / 255 - mean) / std}, in the order red, green, blue.
 *
 * @param mean three means, on the scale 0 to 1
 * @param std three standard deviations, on the scale 0 to 1, each positive
 */
public record Normalization(List<Double> mean, List<Double> std) {

  /** The statistics of ImageNet that torchvision's weights were trained with. */
  public static final Normalization IMAGENET =
      new Normalization(List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));

  /** The statistics of CIFAR-10's training images. */
  public static final Normalization CIFAR10 =
      new Normalization(List.of(0.4914, 0.4822, 0.4465), List.of(0.2470, 0.2435, 0.2616));

  /** Values of 0 to 1 deviate by 0.5 at most; 1 is what leaves them undivided. */
  private static final double LARGEST_STD = 1.5;

  public Normalization {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (mean.size() != 3 || std.size() != 3) {
      throw new IllegalArgumentException(
          "mean and std have one number for each of red, green and blue, not %d and %d"
              .formatted(mean.size(), std.size()));
    }
    if (!mean.stream().allMatch(Double::isFinite)) {
      throw new IllegalArgumentException(
          "mean is %s: each must be a finite number".formatted(mean));
    }
    if (!std.stream().allMatch(deviation -> deviation > 0 && Double.isFinite(deviation))) {
      throw new IllegalArgumentException("std is %s: each must be positive".formatted(std));
    }
    requireUnitScale(
        "mean", mean, /* largest= */ 1, undivided(std) ? "; std 1 is then 0.0039" : "");
    requireUnitScale("std", std, LARGEST_STD, "");
  }

  private static boolean undivided(List<Double> std) {
    return std.stream().allMatch(deviation -> deviation == 1);
  }

  private static void requireUnitScale(
      String field, List<Double> values, double largest, String advice) {
    if (values.stream().anyMatch(value -> Math.abs(value) > largest)) {
      throw new IllegalArgumentException(
          "%s is %s: it is of the scale 0 to 1, and these numbers look like 0 to 255; on the right scale they are %s%s"
              .formatted(
                  field,
                  values,
                  values.stream()
                      .map(value -> String.format(Locale.ROOT, "%.4f", value / 255))
                      .collect(Collectors.joining(",")),
                  advice));
    }
  }
}
