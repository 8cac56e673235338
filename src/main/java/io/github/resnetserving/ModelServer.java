package io.github.resnetserving;

import io.github.resnetserving.batch.BatchExecutor;
import io.github.resnetserving.batch.BatchFunction;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.inference.ServedModel;
import io.github.resnetserving.model.ModelSpec;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.telemetry.BatchMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Where a model goes that an engine has loaded: behind a queue, and into the registry. Closing it
 * drains the queues. Thread-safe.
 */
final class ModelServer implements AutoCloseable {

  private final ModelRegistry registry;
  private final ImagePipeline pipeline;
  private final BatchSettings settings;
  private final NanoClock clock;
  private final MeterRegistry meters;
  private final List<BatchExecutor<Pixels, NetworkOutput>> executors = new CopyOnWriteArrayList<>();

  ModelServer(
      ModelRegistry registry,
      ImagePipeline pipeline,
      BatchSettings settings,
      NanoClock clock,
      MeterRegistry meters) {
    this.registry = registry;
    this.pipeline = pipeline;
    this.settings = settings;
    this.clock = clock;
    this.meters = meters;
  }

  /** Announces how far a fetch is. */
  void fetching(String name, long bytes, long total) {
    registry.put(new ModelState.Fetching(name, bytes, total));
  }

  /**
   * Announces a model that could not be fetched.
   *
   * @param reason shown to clients: no paths
   * @param again whether it will be tried again
   */
  void unfetched(String name, String reason, boolean again) {
    registry.put(new ModelState.Unfetched(name, reason, again));
  }

  /** Announces a model that is being loaded or warmed. */
  void starting(ModelSpec spec, ModelState.Starting.Phase phase) {
    registry.put(new ModelState.Starting(spec, phase));
  }

  /**
   * Lets a warmed model answer.
   *
   * @param precision what it computes in, such as {@code fp32}
   * @param network crops of the model's preprocessing to one output each; called from one thread
   */
  void serve(ModelSpec spec, String precision, BatchFunction<Pixels, NetworkOutput> network) {
    BatchExecutor<Pixels, NetworkOutput> executor =
        new BatchExecutor<>(
            spec.name(), network, settings, clock, new BatchMetrics(meters, spec.name()));
    executors.add(executor);
    registry.put(new ModelState.Ready(new ServedModel(spec, precision, pipeline, executor)));
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
    executors.forEach(BatchExecutor::close);
  }
}
