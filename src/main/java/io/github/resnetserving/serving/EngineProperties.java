package io.github.resnetserving.serving;

import io.github.resnetserving.plan.PlanKind;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How networks run.
 *
 * @param workers concurrent batches (inter-op parallelism). More: throughput; 1: latency. 0: two on
 *     two processors, one on larger machines. A GPU has one
 * @param threads threads that compute one batch together (intra-op parallelism); 0 for all
 *     processors, divided evenly among the workers
 * @param plan the kind of plan: DIRECT calls oneDNN without libtorch (Linux on x86-64), FUSED needs
 *     libtorch's oneDNN or cuDNN operators, PLAIN runs everywhere, EAGER is for comparison; absent
 *     for the fastest
 * @param deterministic whether a plan serves in which an image has the same bits alone and in every
 *     batch, if there is one; false for the fastest plan
 */
@ConfigurationProperties("resnet.engine")
public record EngineProperties(
    @DefaultValue("0") int workers,
    @DefaultValue("0") int threads,
    @Nullable PlanKind plan,
    @DefaultValue("true") boolean deterministic) {

  public EngineProperties {
    if (workers < 0) {
      throw new IllegalArgumentException(
          "resnet.engine.workers is %d: it must be positive, or 0 for what suits the machine"
              .formatted(workers));
    }
    if (threads < 0) {
      throw new IllegalArgumentException(
          "resnet.engine.threads is %d: it must be positive, or 0 for all processors"
              .formatted(threads));
    }
  }

  /** Workers on a machine with so many processors, at least one. */
  int workers(int processors) {
    if (workers > 0) {
      return workers;
    }
    return threads == 0 && processors == 2 ? 2 : 1;
  }

  /** Threads of each worker, at least one. */
  int threadsPerWorker(int processors) {
    return threads > 0 ? threads : Math.max(1, processors / workers(processors));
  }
}
