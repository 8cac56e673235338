package io.github.resnetserving.models;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the names and shapes of a weights file do not tell about its network. Null means that the
 * usual value is assumed. Immutable.
 *
 * @param variant where bottlenecks have their stride; usually {@link Variant#V1_5}
 * @param stemStride stride of the first convolution, 1 to 4; usually 2 where its kernel is larger
 *     than 3×3, else 1
 * @param stemPool whether a 3×3 max pool of stride 2 follows the first convolution; usually where
 *     its kernel is larger than 3×3
 * @param head name of the classifier, as {@code fc} for {@code fc.weight} and {@code fc.bias}, or
 *     {@link #NO_HEAD}; usually {@code fc} or {@code linear}
 * @param stateDict name of the state dict in the file, as {@code state_dict_ema}; usually the only
 *     one, or one whose name does not tell of an average
 * @param prefix what the names of the network's tensors begin with, as {@code encoder_q.}; usually
 *     the only one
 */
public record NetworkOptions(
    @Nullable Variant variant,
    @Nullable Integer stemStride,
    @Nullable Boolean stemPool,
    @Nullable String head,
    @Nullable String stateDict,
    @Nullable String prefix) {

  /** As a head: the network has no classifier, or none that is wanted, and gives features alone. */
  public static final String NO_HEAD = "none";

  /** Everything is assumed. */
  public static final NetworkOptions USUAL = new NetworkOptions(null, null, null, null, null, null);

  private static final int LARGEST_STRIDE = 4;

  public NetworkOptions {
    if (stemStride != null && (stemStride < 1 || stemStride > LARGEST_STRIDE)) {
      throw new IllegalArgumentException(
          "stem_stride is %d: it must be between 1 and %d".formatted(stemStride, LARGEST_STRIDE));
    }
    if (head != null && head.isBlank()) {
      throw new IllegalArgumentException(
          "head is blank: it must name the classifier, or be " + NO_HEAD);
    }
  }

  /** Everything but the variant is assumed. */
  public static NetworkOptions of(Variant variant) {
    return USUAL.withVariant(variant);
  }

  /** Where bottlenecks have their stride: what is said or, where nothing is, what is usual. */
  public Variant variantOrUsual() {
    return Objects.requireNonNullElse(variant, Variant.V1_5);
  }

  /** Whether the classifier is not wanted. */
  public boolean isHeadless() {
    return NO_HEAD.equals(head);
  }

  public NetworkOptions withVariant(@Nullable Variant other) {
    return new NetworkOptions(other, stemStride, stemPool, head, stateDict, prefix);
  }

  public NetworkOptions withStem(@Nullable Integer stride, @Nullable Boolean pool) {
    return new NetworkOptions(variant, stride, pool, head, stateDict, prefix);
  }

  public NetworkOptions withHead(@Nullable String other) {
    return new NetworkOptions(variant, stemStride, stemPool, other, stateDict, prefix);
  }

  public NetworkOptions withStateDict(@Nullable String other) {
    return new NetworkOptions(variant, stemStride, stemPool, head, other, prefix);
  }

  public NetworkOptions withPrefix(@Nullable String other) {
    return new NetworkOptions(variant, stemStride, stemPool, head, stateDict, other);
  }

  /** Where a bottleneck that halves the size has its stride; weights do not tell. */
  public enum Variant {
    /** In the first 1×1 convolution, as published (He et al. 2015). */
    V1,
    /** In the 3×3 convolution, as torchvision, timm and Hugging Face have it. */
    V1_5
  }
}
