package io.github.resnetserving.plan;

import io.github.resnetserving.tensor.Precision;
import java.util.Locale;

/** Which operators a plan is written in. */
public enum PlanKind {
  /** oneDNN's primitives, made once for each batch size and called without libtorch in between. */
  DIRECT,
  /** oneDNN's operators, or cuDNN's on a GPU; needs {@code prepare} before the first run. */
  FUSED,
  /** Operators that every build of libtorch has, with batch norms folded. */
  PLAIN,
  /**
   * Nothing folded and channels first, as a traced torchvision network runs: what others measure.
   */
  EAGER;

  /** Whether there is such a plan in a precision for a target. */
  public boolean exists(Precision precision, Target target) {
    return switch (this) {
      case DIRECT -> target == Target.CPU && FUSED.exists(precision, target);
      case FUSED ->
          switch (precision) {
            case FP32 -> true;
            case BF16, INT8 -> target == Target.CPU;
            case FP16 -> target == Target.GPU;
          };
      case PLAIN, EAGER -> precision == Precision.FP32;
    };
  }

  /**
   * Refuses what does not exist.
   *
   * @throws IllegalArgumentException if there is no such plan in the precision for the target
   */
  public void check(Precision precision, Target target) {
    if (!exists(precision, target)) {
      throw new IllegalArgumentException(
          "there is no %s plan in %s for a %s; there is always the fused one in fp32"
              .formatted(name().toLowerCase(Locale.ROOT), precision.id(), target));
    }
  }
}
