package io.github.resnetserving.model;

import java.util.List;

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

  public Normalization {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (mean.size() != 3 || std.size() != 3) {
      throw new IllegalArgumentException(
          "mean and std have one number for each of red, green and blue, not %d and %d"
              .formatted(mean.size(), std.size()));
    }
    if (!std.stream().allMatch(deviation -> deviation > 0)) {
      throw new IllegalArgumentException("std is %s: each must be positive".formatted(std));
    }
  }
}
