package io.github.resnetserving.engine;

import io.github.resnetserving.network.Precision;
import java.util.List;
import java.util.Locale;

/** What a network shall compute in, as configured. */
public enum PrecisionSetting {
  /**
   * Whichever of float32 and bfloat16 is faster here, as long as its answers agree with float32's.
   */
  AUTO,
  FP32,
  BF16,
  INT8;

  static PrecisionSetting of(Precision precision) {
    return valueOf(precision.name());
  }

  /** The precisions that come into question on a processor, float32 first. */
  List<Precision> precisions(ProcessorFeatures processor) {
    return switch (this) {
      case AUTO ->
          processor.isNative(Precision.BF16)
              ? List.of(Precision.FP32, Precision.BF16)
              : List.of(Precision.FP32);
      case FP32 -> List.of(Precision.FP32);
      case BF16 -> List.of(Precision.BF16);
      case INT8 -> List.of(Precision.INT8);
    };
  }

  /** As options spell it: {@code auto}, {@code fp32}, {@code bf16}, {@code int8}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
