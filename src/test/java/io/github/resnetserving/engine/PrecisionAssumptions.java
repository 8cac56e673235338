package io.github.resnetserving.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.tensor.Precision;

/** Skips tests of a precision that this processor does not compute. */
public final class PrecisionAssumptions {

  private PrecisionAssumptions() {}

  /**
   * Continues where plans in the precision give right answers, by instructions made for it or by
   * oneDNN's emulation. The reason of a skip begins with the words that {@code .ci/report} knows
   * processors by.
   */
  public static void assumeRuns(Precision precision) {
    assumeTrue(
        runs(precision),
        "skipped: this processor has no instructions for %s (%s)"
            .formatted(precision.id(), ProcessorFeatures.ofMachine()));
  }

  /** Whether plans in the precision give right answers on this processor. */
  static boolean runs(Precision precision) {
    ProcessorFeatures processor = ProcessorFeatures.ofMachine();
    return switch (precision) {
      case FP32 -> true;
      // Not with AVX-NE-CONVERT alone, on which these tests have never been run.
      case BF16 -> processor.flags().contains("avx512bw");
      case INT8, FP16 -> processor.isNative(precision);
    };
  }
}
