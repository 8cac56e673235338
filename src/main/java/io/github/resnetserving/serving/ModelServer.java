package io.github.resnetserving.serving;

import io.github.resnetserving.batch.Activity;
import io.github.resnetserving.batch.BatchFunction;
import io.github.resnetserving.batch.BatchQueue;
import io.github.resnetserving.batch.BatchScheduler;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.confidence.Confidence;
import io.github.resnetserving.confidence.ConfidenceFile;
import io.github.resnetserving.engine.NativeRuntime;
import io.github.resnetserving.image.ImagePreparer;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.inference.ServedModel;
import io.github.resnetserving.inference.ServedModel.IntermediateLayers;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.telemetry.ModelMetrics;
import io.github.resnetserving.telemetry.ServingMetrics;
import io.github.resnetserving.tensor.IntermediateOutput;
import io.github.resnetserving.tensor.IntermediateRequest;
import io.github.resnetserving.tensor.NetworkInput;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a model goes that an engine has loaded: behind a queue, and into the registry. Closing it
 * drains the queues and ends the scheduler. Thread-safe.
 */
public final class ModelServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ModelServer.class);

  private record Served(
      ModelState.Ready state,
      List<BatchQueue<?, ?>> queues,
      ModelMetrics metrics,
      Runnable release) {}

  /**
   * How a network's intermediate outputs are computed.
   *
   * @param mapSizes how many numbers the map of the stem has for one crop, and that of each stage
   *     of blocks
   * @param function thread-safe where the network's is
   */
  public record Intermediates(
      List<Long> mapSizes, BatchFunction<IntermediateRequest, IntermediateOutput> function) {}

  private final ModelRegistry registry;
  private final ImagePreparer preparer;
  private final BatchScheduler scheduler;
  private final BatchSettings settings;
  private final Map<String, Integer> weights;
  private final ServingMetrics metrics;
  private final Map<ModelSpec, Served> served = new ConcurrentHashMap<>();
  private final AtomicInteger preparing = new AtomicInteger();

  public ModelServer(
      ModelRegistry registry,
      ImagePreparer preparer,
      BatchScheduler scheduler,
      BatchSettings settings,
      Map<String, Integer> weights,
      ServingMetrics metrics) {
    this.registry = registry;
    this.preparer = preparer;
    this.scheduler = scheduler;
    this.settings = settings;
    this.weights = Map.copyOf(weights);
    this.metrics = metrics;
  }

  /** Loads or warms up a model, or measures plans, which may hold up the batches meanwhile. */
  void preparing(Runnable work) {
    preparing.incrementAndGet();
    try {
      work.run();
    } finally {
      preparing.decrementAndGet();
    }
  }

  /** Waits in the middle of {@link #preparing}: meanwhile nothing holds up the batches. */
  void pause(Duration time) throws InterruptedException {
    preparing.decrementAndGet();
    try {
      Thread.sleep(time);
    } finally {
      preparing.incrementAndGet();
    }
  }

  /** Whether models are being prepared, so that batches may take longer. */
  public boolean isPreparing() {
    return preparing.get() > 0;
  }

  /** What the workers do at this moment. */
  public Activity activity() {
    return scheduler.activity();
  }

  /** Announces a model that the server is not ready without. */
  public void require(String name) {
    registry.require(name);
  }

  /** Announces how far a fetch is. */
  void fetching(String name, long bytes, long total) {
    put(new ModelState.Fetching(name, bytes, total));
  }

  /**
   * Announces a model that could not be fetched.
   *
   * @param reason shown to clients: no paths
   * @param again whether it will be tried again
   */
  void unfetched(String name, String reason, boolean again) {
    put(new ModelState.Unfetched(name, reason, again));
  }

  /** Announces a model that is being loaded or warmed. */
  public void starting(ModelSpec spec, ModelState.Starting.Phase phase) {
    put(new ModelState.Starting(spec, phase));
  }

  /**
   * Lets a warmed model answer.
   *
   * @param report what computes it; may change while it is served
   * @param network crops of the model's preprocessing, or numbers of that size, to one output each;
   *     thread-safe where the settings' concurrency is more than one
   * @param intermediates null if it has none
   * @param release frees what the network holds, once the model is withdrawn
   */
  public void serve(
      ModelSpec spec,
      Supplier<PlanReport> report,
      BatchFunction<NetworkInput, NetworkOutput> network,
      @Nullable Intermediates intermediates,
      Runnable release)
      throws Exception {
    Map<Integer, Duration> measured = measure(spec, network);
    NativeRuntime.releaseUnused();
    ModelMetrics model = metrics.of(spec);
    Confidence confidence = confidence(spec);
    model.compareWith(confidence);
    BatchSettings own = settings.withWeight(weights.getOrDefault(spec.name(), 1));
    BatchQueue<NetworkInput, NetworkOutput> queue =
        scheduler.open(spec.name(), network, own, model.batches());
    measured.forEach(queue::recordServiceTime);
    List<BatchQueue<?, ?>> queues = List.of(queue);
    IntermediateLayers layers = null;
    if (intermediates != null) {
      BatchQueue<IntermediateRequest, IntermediateOutput> requests =
          scheduler.open(spec.name(), intermediates.function(), own, model.batches());
      measured.forEach(requests::recordServiceTime); // about as long, until it has been measured
      layers = new IntermediateLayers(intermediates.mapSizes(), requests);
      queues = List.of(queue, requests);
    }
    List<BatchQueue<?, ?>> all = queues;
    model.queueLength(() -> all.stream().mapToInt(BatchQueue::queueLength).sum());
    ModelState.Ready ready =
        new ModelState.Ready(new ServedModel(spec, report, preparer, queue, layers, confidence));
    served.put(spec, new Served(ready, queues, model, release));
    put(ready);
  }

  /** What cannot be used costs the model its calibration, not its answers. */
  private static Confidence confidence(ModelSpec spec) {
    try {
      return ConfidenceFile.find(spec);
    } catch (ModelException e) {
      log.warn(
          "{} version {} answers without calibration: {}",
          spec.name(),
          spec.version(),
          e.getMessage());
      return Confidence.NONE;
    }
  }

  /** The versions of a model that answer. */
  List<ModelSpec> answering(String name) {
    return served.keySet().stream().filter(spec -> spec.name().equals(name)).toList();
  }

  /**
   * Takes a model away: requests that came before are answered by it, later ones no longer find it.
   * Blocks until then, or until the drain limit; does nothing where the model does not answer.
   */
  void withdraw(ModelSpec spec) throws InterruptedException {
    Served leaving = served.remove(spec);
    if (leaving == null) {
      return;
    }
    registry.remove(leaving.state());
    if (!leaving.state().model().retire(settings.drainLimit())) {
      log.warn(
          "{} version {} is withdrawn before all its requests were answered",
          spec.name(),
          spec.version());
    }
    leaving.queues().forEach(BatchQueue::close);
    leaving.metrics().close();
    leaving.release().run();
  }

  /**
   * How long a batch of each size takes, so that admission knows it from the first request on. The
   * smallest and the largest are run; between them the time grows about evenly.
   */
  private Map<Integer, Duration> measure(
      ModelSpec spec, BatchFunction<NetworkInput, NetworkOutput> network) throws Exception {
    int largest = settings.sizes().largest();
    long alone = nanos(spec, network, 1);
    long full = largest == 1 ? alone : nanos(spec, network, largest);
    Map<Integer, Duration> times = new LinkedHashMap<>();
    for (int size : settings.sizes().values()) {
      long more = largest == 1 ? 0 : (full - alone) * (size - 1) / (largest - 1);
      times.put(size, Duration.ofNanos(Math.max(1, alone + more)));
    }
    return times;
  }

  private static long nanos(
      ModelSpec spec, BatchFunction<NetworkInput, NetworkOutput> network, int size)
      throws Exception {
    int side = spec.preprocessing().crop();
    Pixels gray = new Pixels(side, side, new byte[side * side * 3]);
    long start = System.nanoTime();
    network.apply(Collections.nCopies(size, gray));
    return System.nanoTime() - start;
  }

  /**
   * Announces a model that cannot answer.
   *
   * @param reason shown to clients: no paths
   */
  void failed(ModelSpec spec, String reason) {
    put(new ModelState.Failed(spec, reason));
  }

  private void put(ModelState state) {
    registry.put(state);
    metrics.onState(state);
  }

  /** Drains all queues, then frees what their networks hold. */
  @Override
  public void close() {
    scheduler.close();
    served.values().forEach(model -> model.release().run());
    served.clear();
  }
}
