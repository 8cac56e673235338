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
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a model goes that an engine has loaded: behind a queue, and into the registry. Closing it
 * drains the queues and ends the scheduler. Thread-safe.
 */
final class ModelServer implements AutoCloseable {

  private final ModelRegistry registry;
  private final ImagePipeline pipeline;
  private final BatchScheduler scheduler;
  private final BatchSettings settings;
  private final Map<String, Integer> weights;
  private final MeterRegistry meters;

  ModelServer(
      ModelRegistry registry,
      ImagePipeline pipeline,
      BatchScheduler scheduler,
      BatchSettings settings,
      Map<String, Integer> weights,
      MeterRegistry meters) {
    this.registry = registry;
    this.pipeline = pipeline;
    this.scheduler = scheduler;
    this.settings = settings;
    this.weights = Map.copyOf(weights);
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
   * @param network crops of the model's preprocessing to one output each; called from one thread at
   *     a time
   */
  void serve(ModelSpec spec, String precision, BatchFunction<Pixels, NetworkOutput> network)
      throws Exception {
    Map<Integer, Duration> measured = measure(spec, network);
    BatchQueue<Pixels, NetworkOutput> queue =
        scheduler.open(
            spec.name(),
            network,
            settings.withWeight(weights.getOrDefault(spec.name(), 1)),
            new BatchMetrics(meters, spec.name()));
    measured.forEach(queue::recordServiceTime);
    registry.put(new ModelState.Ready(new ServedModel(spec, precision, pipeline, queue)));
  }

  /** How long a batch of each size takes, so that admission knows it from the first request on. */
  private Map<Integer, Duration> measure(
      ModelSpec spec, BatchFunction<Pixels, NetworkOutput> network) throws Exception {
    int side = spec.preprocessing().crop();
    Pixels gray = new Pixels(side, side, new byte[side * side * 3]);
    Map<Integer, Duration> times = new LinkedHashMap<>();
    for (int size : settings.sizes().values()) {
      long start = System.nanoTime();
      network.apply(Collections.nCopies(size, gray));
      times.put(size, Duration.ofNanos(System.nanoTime() - start));
    }
    return times;
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
