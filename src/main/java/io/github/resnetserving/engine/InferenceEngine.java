package io.github.resnetserving.engine;

import io.github.resnetserving.model.Inspected;
import io.github.resnetserving.model.Inspection;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.Preprocessing;
import io.github.resnetserving.network.Network;
import io.github.resnetserving.network.PlanKind;
import io.github.resnetserving.network.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One network on the native engine.
 *
 * <p>Thread-safe: a single thread of its own makes every native call, because libgomp keeps a team
 * of computing threads for each thread that calls it. Callers wait for their batch; batches run one
 * after another.
 */
public final class InferenceEngine implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(InferenceEngine.class);

  private final ExecutorService owner;
  private final Preprocessing preprocessing;
  private final int maxBatch;
  private final PlanKind kind;
  private final Precision precision;
  private final PreparedPlans plans; // guarded by the owner thread

  private InferenceEngine(
      ExecutorService owner,
      Preprocessing preprocessing,
      int maxBatch,
      PlanKind kind,
      Precision precision,
      PreparedPlans plans) {
    this.owner = owner;
    this.preprocessing = preprocessing;
    this.maxBatch = maxBatch;
    this.kind = kind;
    this.precision = precision;
    this.plans = plans;
  }

  /**
   * Emits a network's plan, loads it and runs every batch size once, so that the first request
   * finds all kernels compiled. The network's weights are not needed afterwards.
   *
   * @throws EngineException if no plan can be loaded
   */
  public static InferenceEngine load(
      Network network, Preprocessing preprocessing, EngineOptions options) throws EngineException {
    ProcessorFeatures.ofMachine().check(options.precision());
    ExecutorService owner =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().name("engine").daemon().factory());
    try {
      owner.submit(() -> NativeRuntime.adopt(options.threads())).get();
      PlanKind asked = options.plan();
      InferenceEngine engine =
          asked == null && options.precision() == Precision.FP32
              ? startBest(owner, network, preprocessing, options)
              : start(
                  owner,
                  network,
                  preprocessing,
                  options,
                  Objects.requireNonNullElse(asked, PlanKind.FUSED));
      engine.warmUp();
      return engine;
    } catch (EngineException | RuntimeException e) {
      owner.shutdown();
      throw e;
    } catch (InterruptedException | ExecutionException e) {
      owner.shutdown();
      throw failure("the native engine did not start", e);
    }
  }

  private static InferenceEngine startBest(
      ExecutorService owner, Network network, Preprocessing preprocessing, EngineOptions options)
      throws EngineException {
    try {
      return start(owner, network, preprocessing, options, PlanKind.FUSED);
    } catch (EngineException e) {
      log.info("the oneDNN operators are missing here, so a plain plan serves: {}", e.getMessage());
      return start(owner, network, preprocessing, options, PlanKind.PLAIN);
    }
  }

  private static InferenceEngine start(
      ExecutorService owner,
      Network network,
      Preprocessing preprocessing,
      EngineOptions options,
      PlanKind kind)
      throws EngineException {
    PreparedPlans plans =
        call(
            owner,
            "the %s plan in %s was refused".formatted(kind, options.precision().id()),
            () -> {
              Path archive = Files.createTempFile("plan-", ".pt");
              try {
                Network written = options.dataFree() ? network.uncalibrated() : network;
                written.writePlan(
                    archive,
                    kind,
                    options.precision(),
                    preprocessing.crop(),
                    preprocessing.normalization());
                return PreparedPlans.load(archive, options.maxBatch(), gray(preprocessing.crop()));
              } finally {
                Files.deleteIfExists(archive);
              }
            });
    return new InferenceEngine(
        owner, preprocessing, options.maxBatch(), kind, options.precision(), plans);
  }

  private void warmUp() throws EngineException {
    for (int size = 1; size <= maxBatch; size++) {
      run(Collections.nCopies(size, gray(preprocessing.crop())));
    }
  }

  private static Pixels gray(int side) {
    return new Pixels(side, side, new byte[side * side * 3]);
  }

  /**
   * How often the weights are in memory: twice where single pictures run markedly faster with
   * weights prepared for them.
   */
  public int copies() {
    return plans.copies();
  }

  /** Which operators serve. */
  public PlanKind kind() {
    return kind;
  }

  /** What they compute in. */
  public Precision precision() {
    return precision;
  }

  /**
   * Runs one batch and waits for it.
   *
   * @param batch at least one picture, each of the model's crop size
   * @return logits and pooled features of each picture, in the batch's order
   * @throws EngineException if the native engine fails; the engine stays usable
   */
  public List<NetworkOutput> run(List<Pixels> batch) throws EngineException {
    batch.forEach(this::check);
    return call(owner, "a batch of %d failed".formatted(batch.size()), () -> plans.run(batch));
  }

  /**
   * Runs input that the caller has standardised already, and waits for it.
   *
   * @param input (count, 3, crop, crop), row-major, red first
   * @param count pictures, at least one
   * @return logits and pooled features of each picture, in order
   * @throws EngineException if the native engine fails; the engine stays usable
   */
  public List<NetworkOutput> forward(float[] input, int count) throws EngineException {
    int side = preprocessing.crop();
    if (count < 1 || input.length != count * 3 * side * side) {
      throw new IllegalArgumentException(
          "%d numbers are not (%d, 3, %d, %d)".formatted(input.length, count, side, side));
    }
    return call(
        owner, "a batch of %d failed".formatted(count), () -> plans.forward(input, count, side));
  }

  /**
   * Looks inside for one batch and waits for it. Takes longer than {@link #run}.
   *
   * @param batch at least one look, each at a crop of the model's size and a stage that there is
   * @return what each found, in the batch's order
   * @throws EngineException if the native engine fails; the engine stays usable
   */
  public List<Inspected> inspect(List<Inspection> batch) throws EngineException {
    batch.forEach(inspection -> check(inspection.crop()));
    return call(
        owner, "a look inside %d failed".formatted(batch.size()), () -> plans.inspect(batch));
  }

  /** How many stages of blocks the network has. */
  public int stages() throws EngineException {
    return call(owner, "the stages could not be counted", plans::stages);
  }

  private void check(Pixels picture) {
    if (picture.height() != preprocessing.crop() || picture.width() != preprocessing.crop()) {
      throw new IllegalArgumentException(
          "a picture is %d x %d, the network takes %d x %d"
              .formatted(
                  picture.height(), picture.width(), preprocessing.crop(), preprocessing.crop()));
    }
  }

  private static <T> T call(ExecutorService owner, String doing, Callable<T> work)
      throws EngineException {
    Future<T> result = owner.submit(work);
    try {
      return result.get();
    } catch (InterruptedException | ExecutionException e) {
      throw failure(doing, e);
    }
  }

  private static EngineException failure(String doing, Exception e) {
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
      return EngineException.because(doing, new InterruptedException("interrupted"));
    }
    return EngineException.because(doing, e.getCause() == null ? e : e.getCause());
  }

  /** Frees the native memory, after the batches that were handed in before. */
  @Override
  public void close() {
    owner.execute(plans::close);
    owner.close();
  }
}
