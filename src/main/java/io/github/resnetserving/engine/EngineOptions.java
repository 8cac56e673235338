package io.github.resnetserving.engine;

import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.plan.Target;
import io.github.resnetserving.tensor.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How an engine runs.
 *
 * @param workers batches that are computed at the same time
 * @param threads threads that compute one batch together
 * @param maxBatch images in the largest batch
 * @param plan the plan to run, or null for the fastest of those that there are
 * @param precision what the plan computes in
 * @param dataFree whether 8-bit ranges are estimated from the batch norms even where they have been
 *     measured
 * @param device what computes; a GPU has one worker
 * @param deterministic whether a plan that gives an image the same bits in any batch is preferred
 *     to a faster one that does not
 */
public record EngineOptions(
    int workers,
    int threads,
    int maxBatch,
    @Nullable PlanKind plan,
    PrecisionSetting precision,
    boolean dataFree,
    ComputeDevice device,
    boolean deterministic) {

  public EngineOptions {
    if (workers < 1 || threads < 1 || maxBatch < 1) {
      throw new IllegalArgumentException(
          "workers is %d, threads is %d and max batch is %d: each must be at least 1"
              .formatted(workers, threads, maxBatch));
    }
    if (workers != device.workers(workers)) {
      throw new IllegalArgumentException(
          "workers is %d: %s has one".formatted(workers, device.id()));
    }
  }

  /** One worker, in float32, on the processor. */
  public EngineOptions(int threads, int maxBatch, @Nullable PlanKind plan) {
    this(
        /* workers= */ 1,
        threads,
        maxBatch,
        plan,
        PrecisionSetting.FP32,
        /* dataFree= */ false,
        ComputeDevice.CPU,
        /* deterministic= */ true);
  }

  /** The same in another precision. */
  public EngineOptions in(PrecisionSetting other) {
    return new EngineOptions(
        workers, threads, maxBatch, plan, other, dataFree, device, deterministic);
  }

  /** The same in another precision. */
  public EngineOptions in(Precision other) {
    return in(PrecisionSetting.of(other));
  }

  /** The same with batches of at most so many images. */
  public EngineOptions withBatch(int images) {
    return new EngineOptions(
        workers, threads, images, plan, precision, dataFree, device, deterministic);
  }

  /** The same with a certain plan. */
  public EngineOptions with(PlanKind kind) {
    return new EngineOptions(
        workers, threads, maxBatch, kind, precision, dataFree, device, deterministic);
  }

  /** The same without measured ranges. */
  public EngineOptions withoutData() {
    return new EngineOptions(
        workers, threads, maxBatch, plan, precision, /* dataFree= */ true, device, deterministic);
  }

  /** The same on another device, with as many workers as that can have. */
  public EngineOptions on(ComputeDevice other) {
    return new EngineOptions(
        other.workers(workers), threads, maxBatch, plan, precision, dataFree, other, deterministic);
  }

  /** The same with several workers, on the processor. */
  public EngineOptions withWorkers(int count) {
    return new EngineOptions(
        count, threads, maxBatch, plan, precision, dataFree, device, deterministic);
  }

  /** The same, where the fastest plan serves whatever its bits depend on. */
  public EngineOptions nondeterministic() {
    return new EngineOptions(
        workers, threads, maxBatch, plan, precision, dataFree, device, /* deterministic= */ false);
  }

  /** All processors of this machine, or of its container. */
  public static EngineOptions ofMachine(int maxBatch) {
    return new EngineOptions(Runtime.getRuntime().availableProcessors(), maxBatch, null);
  }

  /**
   * Checks that there are such plans in the precision for the device.
   *
   * @throws EngineException if not
   */
  public void check() throws EngineException {
    if (plan == PlanKind.DIRECT && device.target() == Target.GPU) {
      throw new EngineException(
          "direct plans are for processors, and networks are computed on %s: take the fused plan, or the device cpu"
              .formatted(device.id()));
    }
    if (!precision.suits(device.target())) {
      throw new EngineException(unsuitable());
    }
    if (plan != null
        && precision != PrecisionSetting.AUTO
        && !plan.exists(precision.precision(), device.target())) {
      throw new EngineException(
          "there is no %s plan in %s: take the fused plan, or fp32"
              .formatted(plan.name().toLowerCase(Locale.ROOT), precision.id()));
    }
  }

  private String unsuitable() {
    return switch (device.target()) {
      case CPU ->
          "%s is for GPUs, and networks are computed on %s: take auto, fp32, bf16 or int8, or the device gpu:0 where there is one"
              .formatted(precision.id(), device.id());
      case GPU ->
          "%s is for processors, and networks are computed on %s: take auto, fp32 or fp16, or the device cpu"
              .formatted(precision.id(), device.id());
    };
  }

  /**
   * The plans that come into question. The first is what others' answers are compared with. Where
   * there are direct plans there is oneDNN, and plain operators only take longer.
   *
   * @param direct whether there are direct plans here
   */
  List<PlanVariant> candidates(ProcessorFeatures processor, boolean direct) {
    List<PlanVariant> candidates = new ArrayList<>();
    for (Precision each : precision.precisions(device.target(), processor)) {
      if (plan != null) {
        if (plan.exists(each, device.target())) {
          candidates.add(new PlanVariant(plan, each));
        }
        continue;
      }
      candidates.add(new PlanVariant(PlanKind.FUSED, each));
      if (direct && PlanKind.DIRECT.exists(each, device.target())) {
        candidates.add(new PlanVariant(PlanKind.DIRECT, each));
      } else if (PlanKind.PLAIN.exists(each, device.target())) {
        candidates.add(new PlanVariant(PlanKind.PLAIN, each));
      }
    }
    return candidates;
  }
}
