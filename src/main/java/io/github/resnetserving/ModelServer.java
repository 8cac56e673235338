package io.github.resnetserving;

import io.github.resnetserving.batch.BatchFunction;
import io.github.resnetserving.batch.BatchQueue;
import io.github.resnetserving.batch.BatchScheduler;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.inference.ServedModel;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.telemetry.BatchMetrics;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Where a model goes that an engine has loaded: behind a queue, and into the registry. Closing it
 * drains the queues and ends the scheduler. Thread-safe.
 */
final class ModelServer implements AutoCloseable {

  private final ModelRegistry registry;
  private final ImagePipeline pipeline;
  private final BatchScheduler scheduler;
  private final BatchSettings settings;
  private final MeterRegistry meters;

  ModelServer(
      ModelRegistry registry,
      ImagePipeline pipeline,
      BatchScheduler scheduler,
      BatchSettings settings,
      MeterRegistry meters) {
    this.registry = registry;
    this.pipeline = pipeline;
    this.scheduler = scheduler;
    this.settings = settings;
    this.meters = meters;
  }

  /** Announces a model that is being fetched, loaded or warmed. */
  void starting(ModelSpec spec, ModelState.Starting.Phase phase) {
    registry.put(new ModelState.Starting(spec, phase));
  }

  /**
   * Lets a warmed model answer.
   *
   * @param precision what it computes in, such as {@code fp32}
   * @param network crops of the model's preprocessing to one output each; called from one thread at
   *     a time
   */
  void serve(ModelSpec spec, String precision, BatchFunction<Pixels, NetworkOutput> network) {
    BatchQueue<Pixels, NetworkOutput> queue =
        scheduler.open(spec.name(), network, settings, new BatchMetrics(meters, spec.name()));
    registry.put(new ModelState.Ready(new ServedModel(spec, precision, pipeline, queue)));
  }

  /**
   * Announces a model that cannot answer.
   *
   * @param reason shown to clients: no paths
   */
  void failed(ModelSpec spec, String reason) {
    registry.put(new ModelState.Failed(spec, reason));
  }

  @Override
  public void close() {
    scheduler.close();
  }
}
