package io.github.resnetserving.engine;

import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.plan.Target;
import io.github.resnetserving.tensor.Precision;
import java.util.List;
import java.util.Locale;

/** What a network shall compute in, as configured. */
public enum PrecisionSetting {
  /**
   * Whichever of float32 and 16-bit floats is faster here, as long as its answers agree with
   * float32's: bfloat16 on processors that have instructions for it, float16 on GPUs.
   */
  AUTO,
  FP32,
  BF16,
  FP16,
  INT8;

  /** Exactly one precision. */
  public static PrecisionSetting of(Precision precision) {
    return valueOf(precision.name());
  }

  /** The precisions that come into question, float32 first. */
  List<Precision> precisions(Target target, ProcessorFeatures processor) {
    return switch (this) {
      case AUTO -> {
        Precision half = target == Target.GPU ? Precision.FP16 : Precision.BF16;
        yield target == Target.GPU || processor.isNative(half)
            ? List.of(Precision.FP32, half)
            : List.of(Precision.FP32);
      }
      case FP32, BF16, FP16, INT8 -> List.of(precision());
    };
  }

  /** Whether there are plans in it for a target. */
  boolean suits(Target target) {
    return this == AUTO || PlanKind.FUSED.exists(precision(), target);
  }

  /** The one that is asked for; not of {@link #AUTO}. */
  Precision precision() {
    return Precision.valueOf(name());
  }

  /** As options spell it: {@code auto}, {@code fp32}, {@code bf16}, {@code fp16}, {@code int8}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
