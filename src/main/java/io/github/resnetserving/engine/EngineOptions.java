package io.github.resnetserving.engine;

import io.github.resnetserving.network.PlanKind;
import io.github.resnetserving.network.Precision;
import org.jspecify.annotations.Nullable;

/**
 * How an engine runs.
 *
 * @param threads threads that compute one batch together
 * @param maxBatch pictures in the largest batch
 * @param plan the plan to run, or null for the fused one where its operators exist and else the
 *     plain one
 * @param precision what the plan computes in
 * @param dataFree whether 8-bit ranges are estimated from the batch norms even where they have been
 *     measured
 */
public record EngineOptions(
    int threads, int maxBatch, @Nullable PlanKind plan, Precision precision, boolean dataFree) {

  public EngineOptions {
    if (threads < 1 || maxBatch < 1) {
      throw new IllegalArgumentException(
          "threads is %d and max batch is %d: each must be at least 1"
              .formatted(threads, maxBatch));
    }
  }

  /** In float32. */
  public EngineOptions(int threads, int maxBatch, @Nullable PlanKind plan) {
    this(threads, maxBatch, plan, Precision.FP32, /* dataFree= */ false);
  }

  /** The same in another precision. */
  public EngineOptions in(Precision other) {
    return new EngineOptions(threads, maxBatch, plan, other, dataFree);
  }

  /** The same without measured ranges. */
  public EngineOptions withoutData() {
    return new EngineOptions(threads, maxBatch, plan, precision, /* dataFree= */ true);
  }

  /** All processors of this machine, or of its container. */
  public static EngineOptions ofMachine(int maxBatch) {
    return new EngineOptions(Runtime.getRuntime().availableProcessors(), maxBatch, null);
  }
}
