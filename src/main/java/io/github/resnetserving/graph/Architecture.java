package io.github.resnetserving.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The published residual networks by name, for training from scratch.
 *
 * <p>{@code resnet18} … {@code resnet152} are torchvision's (He et al. 2015, table 1, with the
 * stride in the 3×3 convolution); {@code cifar-resnetN} with N = 6n + 2 are those of section 4.2,
 * with shortcut option A, or B as {@code cifar-resnetN-b}.
 */
public final class Architecture {

  private static final Map<String, List<Integer>> BASIC =
      Map.of("resnet18", List.of(2, 2, 2, 2), "resnet34", List.of(3, 4, 6, 3));
  private static final Map<String, List<Integer>> BOTTLENECK =
      Map.of(
          "resnet50", List.of(3, 4, 6, 3),
          "resnet101", List.of(3, 4, 23, 3),
          "resnet152", List.of(3, 8, 36, 3));
  private static final Pattern CIFAR = Pattern.compile("cifar-resnet(\\d{1,4})(-b)?");

  private Architecture() {}

  /**
   * The network of the given name.
   *
   * @throws IllegalArgumentException if there is none of that name; the message lists them
   */
  public static Topology named(String name, int classes) {
    String key = name.toLowerCase(Locale.ROOT);
    Matcher cifar = CIFAR.matcher(key);
    if (BASIC.containsKey(key)) {
      return imagenet(BASIC.get(key), /* bottleneck= */ false, classes);
    }
    if (BOTTLENECK.containsKey(key)) {
      return imagenet(BOTTLENECK.get(key), /* bottleneck= */ true, classes);
    }
    if (cifar.matches()) {
      int depth = Integer.parseInt(cifar.group(1));
      if (depth >= 8 && (depth - 2) % 6 == 0) {
        return cifar((depth - 2) / 6, /* projected= */ cifar.group(2) != null, classes);
      }
    }
    throw new IllegalArgumentException(
        "there is no architecture \"%s\": take resnet18, resnet34, resnet50, resnet101, resnet152, or"
                .formatted(name)
            + " cifar-resnetN or cifar-resnetN-b with N = 8, 14, 20, 26, 32, …, that is 6n + 2");
  }

  /** The side of the square image that the network was designed for, in pixels. */
  public static int imageSize(Topology topology) {
    return topology.pooled() ? 224 : 32;
  }

  private static Topology imagenet(List<Integer> depths, boolean bottleneck, int classes) {
    Convolution stem = new Convolution("conv1", "bn1", 3, 64, 7, 2);
    List<List<Block>> stages = new ArrayList<>();
    int inputs = 64;
    for (int k = 0; k < depths.size(); k++) {
      int width = 64 << k;
      int outputs = bottleneck ? 4 * width : width;
      List<Block> blocks = new ArrayList<>();
      for (int i = 0; i < depths.get(k); i++) {
        String prefix = "layer%d.%d".formatted(k + 1, i);
        int stride = k > 0 && i == 0 ? 2 : 1;
        boolean projected = stride != 1 || inputs != outputs;
        blocks.add(
            new Block(
                bottleneck
                    ? List.of(
                        body(prefix, 1, inputs, width, 1, 1),
                        body(prefix, 2, width, width, 3, stride),
                        body(prefix, 3, width, outputs, 1, 1))
                    : List.of(
                        body(prefix, 1, inputs, width, 3, stride),
                        body(prefix, 2, width, width, 3, 1)),
                projected ? projection(prefix + ".downsample", inputs, outputs, stride) : null));
        inputs = outputs;
      }
      stages.add(blocks);
    }
    return new Topology(stem, /* pooled= */ true, stages, "fc", classes);
  }

  private static Topology cifar(int blocksPerStage, boolean projected, int classes) {
    Convolution stem = new Convolution("conv1", "bn1", 3, 16, 3, 1);
    List<List<Block>> stages = new ArrayList<>();
    int inputs = 16;
    for (int k = 0; k < 3; k++) {
      int outputs = 16 << k;
      List<Block> blocks = new ArrayList<>();
      for (int i = 0; i < blocksPerStage; i++) {
        String prefix = "layer%d.%d".formatted(k + 1, i);
        int stride = k > 0 && i == 0 ? 2 : 1;
        @Nullable Convolution shortcut =
            projected && stride != 1
                ? projection(prefix + ".shortcut", inputs, outputs, stride)
                : null;
        blocks.add(
            new Block(
                List.of(
                    body(prefix, 1, inputs, outputs, 3, stride),
                    body(prefix, 2, outputs, outputs, 3, 1)),
                shortcut));
        inputs = outputs;
      }
      stages.add(blocks);
    }
    return new Topology(stem, /* pooled= */ false, stages, "linear", classes);
  }

  private static Convolution body(
      String prefix, int position, int inputs, int outputs, int kernel, int stride) {
    return new Convolution(
        "%s.conv%d".formatted(prefix, position),
        "%s.bn%d".formatted(prefix, position),
        inputs,
        outputs,
        kernel,
        stride);
  }

  private static Convolution projection(String prefix, int inputs, int outputs, int stride) {
    return new Convolution(prefix + ".0", prefix + ".1", inputs, outputs, 1, stride);
  }
}
