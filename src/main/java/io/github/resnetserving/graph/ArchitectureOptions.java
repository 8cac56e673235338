package io.github.resnetserving.graph;

import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.NetworkOptions.Variant;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a network of an {@link Architecture} may vary in. Immutable.
 *
 * @param shortcut which shortcuts have weights; null for the usual: {@link Shortcut#A} for CIFAR
 *     networks, {@link Shortcut#B} for all others and for {@link BlockKind#SUM_NORM}
 * @param block what a block computes
 * @param width what the channels of the stages are multiplied by, from 1/16 to 16. In basic blocks
 *     it multiplies all channels, as in Wide ResNets (Zagoruyko and Komodakis 2016, arXiv
 *     1605.07146); in bottlenecks those inside, as in torchvision's {@code wide_resnet50_2}
 */
public record ArchitectureOptions(@Nullable Shortcut shortcut, BlockKind block, double width) {

  /** The networks as they are published and as torchvision has them. */
  public static final ArchitectureOptions USUAL =
      new ArchitectureOptions(null, BlockKind.V1_5, /* width= */ 1);

  private static final double WIDEST = 16;

  /** Which shortcuts have weights (He et al. 2015, section 4.1). */
  public enum Shortcut {
    /** None: where the shape changes, pixels are left out and channels of zeros added. */
    A,
    /** Those that change the shape. */
    B,
    /** All. */
    C;

    /**
     * The option of a letter.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Shortcut of(String letter) {
      return found(letter, "shortcut", values());
    }
  }

  /** What a block computes. */
  public enum BlockKind {
    /** As published first: a bottleneck's stride is in its first 1×1 convolution. */
    V1,
    /** As torchvision has it: a bottleneck's stride is in its 3×3 convolution. */
    V1_5,
    /** Pre-activated: batch norm and ReLU come before each convolution (He et al. 2016). */
    V2,
    /**
     * Of a widespread MXNet write-up: projections are 3×3 and without batch norm, and the sum is
     * normalised and rectified.
     */
    SUM_NORM;

    /**
     * The kind of a name, such as {@code sum-norm}.
     *
     * @throws IllegalArgumentException if there is none; the message lists them
     */
    public static BlockKind of(String name) {
      return found(name, "block", values());
    }

    @Override
    public String toString() {
      return this == V1_5 ? "v1.5" : name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  public ArchitectureOptions {
    if (!(width >= 1 / WIDEST && width <= WIDEST)) {
      throw new IllegalArgumentException(
          "the width is %s: it must be between 0.0625 and 16".formatted(width));
    }
  }

  /** What a model's manifest must say so that its weights are read as this network. */
  public NetworkOptions network() {
    return NetworkOptions.of(block == BlockKind.V1 ? Variant.V1 : Variant.V1_5);
  }

  /** What is unusual, in words after a name; empty where nothing is. */
  public String describe() {
    StringBuilder words = new StringBuilder();
    if (shortcut != null) {
      words.append(", shortcuts ").append(shortcut);
    }
    if (block != BlockKind.V1_5) {
      words.append(", blocks ").append(block);
    }
    if (width != 1) {
      words.append(", width ").append(width);
    }
    return words.toString();
  }

  int widened(int channels) {
    return Math.max(1, (int) Math.round(width * channels));
  }

  private static <E extends Enum<E>> E found(String name, String what, E[] values) {
    return Arrays.stream(values)
        .filter(value -> value.toString().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "there is no %s \"%s\": take %s"
                    .formatted(
                        what,
                        name,
                        Arrays.stream(values)
                            .map(Object::toString)
                            .collect(Collectors.joining(", ")))));
  }
}
