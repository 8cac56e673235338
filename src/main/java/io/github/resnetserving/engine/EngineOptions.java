package io.github.resnetserving.engine;

import io.github.resnetserving.network.PlanKind;
import io.github.resnetserving.network.Precision;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How an engine runs.
 *
 * @param workers batches that are computed at the same time
 * @param threads threads that compute one batch together
 * @param maxBatch pictures in the largest batch
 * @param plan the plan to run, or null for the fused one where its operators exist and else the
 *     plain one
 * @param precision what the plan computes in
 * @param dataFree whether 8-bit ranges are estimated from the batch norms even where they have been
 *     measured
 */
public record EngineOptions(
    int workers,
    int threads,
    int maxBatch,
    @Nullable PlanKind plan,
    PrecisionSetting precision,
    boolean dataFree) {

  public EngineOptions {
    if (workers < 1 || threads < 1 || maxBatch < 1) {
      throw new IllegalArgumentException(
          "workers is %d, threads is %d and max batch is %d: each must be at least 1"
              .formatted(workers, threads, maxBatch));
    }
  }

  /** One worker, in float32. */
  public EngineOptions(int threads, int maxBatch, @Nullable PlanKind plan) {
    this(/* workers= */ 1, threads, maxBatch, plan, PrecisionSetting.FP32, /* dataFree= */ false);
  }

  /** The same in another precision. */
  public EngineOptions in(PrecisionSetting other) {
    return new EngineOptions(workers, threads, maxBatch, plan, other, dataFree);
  }

  /** The same in another precision. */
  public EngineOptions in(Precision other) {
    return in(PrecisionSetting.of(other));
  }

  /** The same without measured ranges. */
  public EngineOptions withoutData() {
    return new EngineOptions(workers, threads, maxBatch, plan, precision, /* dataFree= */ true);
  }

  /** The same with several workers. */
  public EngineOptions withWorkers(int count) {
    return new EngineOptions(count, threads, maxBatch, plan, precision, dataFree);
  }

  /** All processors of this machine, or of its container. */
  public static EngineOptions ofMachine(int maxBatch) {
    return new EngineOptions(Runtime.getRuntime().availableProcessors(), maxBatch, null);
  }

  /** The plans that come into question on a processor, that to try first at the front. */
  List<Candidate> candidates(ProcessorFeatures processor) {
    List<Candidate> candidates = new ArrayList<>();
    for (Precision each : precision.precisions(processor)) {
      if (plan != null) {
        candidates.add(new Candidate(plan, each));
      } else {
        candidates.add(new Candidate(PlanKind.FUSED, each));
        if (each == Precision.FP32) {
          candidates.add(new Candidate(PlanKind.PLAIN, each));
        }
      }
    }
    return candidates;
  }

  /** Whether the candidates are to be measured against each other. */
  boolean competes() {
    return precision == PrecisionSetting.AUTO;
  }
}
