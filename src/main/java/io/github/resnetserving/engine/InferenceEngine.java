package io.github.resnetserving.engine;

import io.github.resnetserving.batch.BatchFunction;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.PlanReport.PlanMeasurement;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.IntermediateOutput;
import io.github.resnetserving.tensor.IntermediateRequest;
import io.github.resnetserving.tensor.NetworkInput;
import io.github.resnetserving.tensor.NetworkInput.NormalizedImage;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/**
 * One network on the native engine.
 *
 * <p>Thread-safe: {@link EngineThreads} make every native call. Callers wait for their batch.
 */
public final class InferenceEngine
    implements BatchFunction<NetworkInput, NetworkOutput>, AutoCloseable {

  /** What computes; replaced as one. */
  private record Running(PreparedPlans plans, PlanReport report) {}

  private final Preprocessing preprocessing;
  private final ReadWriteLock replacing = new ReentrantReadWriteLock(); // of running, by no batch
  private volatile EngineThreads threads;
  private volatile Running running;
  private boolean closed; // guarded by replacing

  private InferenceEngine(EngineThreads threads, Preprocessing preprocessing, Running running) {
    this.threads = threads;
    this.preprocessing = preprocessing;
    this.running = running;
  }

  /**
   * Emits a network's plan, loads it and warms it up, so that the first request finds all kernels
   * compiled. The network's weights are not needed afterwards.
   *
   * @throws EngineException if no plan can be loaded
   */
  public static InferenceEngine load(
      Network network, Preprocessing preprocessing, EngineOptions options) throws EngineException {
    return new EngineLoader().load(network, preprocessing, options);
  }

  /**
   * Loads a plan.
   *
   * @param report what is known of it; the copies in memory are 0 if they are to be found out
   * @param threads that compute; the engine is one more user of them
   * @param opener makes the plan of the archive
   */
  static InferenceEngine open(
      Path archive,
      PlanReport report,
      Preprocessing preprocessing,
      EngineOptions options,
      EngineThreads threads,
      PlanVariant.Opener opener)
      throws EngineException {
    PreparedPlans plans =
        PreparedPlans.load(archive, report, options, threads, opener, gray(preprocessing.crop()));
    PlanReport known =
        new PlanReport(
            report.plan(), report.precision(), report.device(), plans.copies(), report.trials());
    threads.join();
    return new InferenceEngine(threads, preprocessing, new Running(plans, known));
  }

  /**
   * This engine, after every batch size has run once that its plan was not compiled for, or else
   * the largest by every worker, which then has its memory; closed if one fails.
   *
   * @param maxBatch that it was loaded for
   */
  InferenceEngine warmedUp(int maxBatch) throws EngineException {
    Pixels gray = gray(preprocessing.crop());
    try {
      if (running.plans.areCompiled()) {
        runOnEach(Collections.nCopies(maxBatch, gray));
      } else {
        for (int size = 1; size <= maxBatch; size++) {
          run(Collections.nCopies(size, gray));
        }
      }
      if (spreads()) {
        runSpread(gray);
      }
      return this;
    } catch (EngineException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Computes on other threads from now on. Only before anyone has been given the engine. */
  void moveTo(EngineThreads others) {
    others.join();
    threads.leave();
    threads = others;
  }

  /**
   * Computes with another engine's plan from the next batch on, and frees its own. The other is not
   * to be used any more.
   *
   * @throws EngineException if this one is closed
   */
  void become(InferenceEngine other) throws EngineException {
    Running better = other.running;
    other.threads.leave();
    replacing.writeLock().lock();
    try {
      if (closed) {
        better.plans.close();
        throw new EngineException("the engine was closed before its plan was replaced");
      }
      running.plans.close();
      running = better;
    } finally {
      replacing.writeLock().unlock();
    }
  }

  /** For how long neither this engine nor one of the same threads has computed anything. */
  Duration idle() {
    return threads.idle();
  }

  /** Says what has been tried. */
  void tried(List<PlanMeasurement> trials) {
    Running before = running;
    PlanReport report = before.report;
    running =
        new Running(
            before.plans,
            new PlanReport(
                report.plan(), report.precision(), report.device(), report.copies(), trials));
  }

  static Pixels gray(int side) {
    return new Pixels(side, side, new byte[side * side * 3]);
  }

  /** What computes, and what else was tried. */
  public PlanReport report() {
    return running.report();
  }

  /**
   * Runs one batch and waits for it.
   *
   * @param batch at least one image, each of the model's crop size
   * @return logits and pooled features of each image, in the batch's order
   * @throws EngineException if the native engine fails; the engine stays usable
   */
  public List<NetworkOutput> run(List<Pixels> batch) throws EngineException {
    batch.forEach(this::check);
    return compute(batch.size(), plans -> plans.ofWorker(batch.size()).run(batch));
  }

  /**
   * Runs a batch of crops as {@link #run} does. Inputs that are standardised already run apart from
   * them, since standardising is a part of the plan.
   */
  @Override
  public List<NetworkOutput> apply(List<NetworkInput> inputs) throws EngineException {
    List<Pixels> pixels = new ArrayList<>(inputs.size());
    List<NormalizedImage> normalized = new ArrayList<>();
    for (NetworkInput input : inputs) {
      switch (input) {
        case Pixels crop -> pixels.add(crop);
        case NormalizedImage image -> normalized.add(image);
      }
    }
    if (normalized.isEmpty()) {
      return run(pixels);
    }
    var ofPixels = (pixels.isEmpty() ? List.<NetworkOutput>of() : run(pixels)).iterator();
    var ofNumbers = forward(joined(normalized), normalized.size()).iterator();
    return inputs.stream()
        .map(input -> (input instanceof Pixels ? ofPixels : ofNumbers).next())
        .toList();
  }

  private static float[] joined(List<NormalizedImage> images) {
    int each = images.getFirst().chw().length; // the same for all: the model's input
    float[] all = new float[images.size() * each];
    for (int i = 0; i < images.size(); i++) {
      System.arraycopy(images.get(i).chw(), 0, all, i * each, each);
    }
    return all;
  }

  @Override
  public List<NetworkOutput> applySpread(List<NetworkInput> inputs) throws EngineException {
    return inputs.getFirst() instanceof Pixels crop ? List.of(runSpread(crop)) : apply(inputs);
  }

  /** Runs a batch on every worker at the same time. */
  void runOnEach(List<Pixels> batch) throws EngineException {
    threads.callEach(
        "a batch of %d failed".formatted(batch.size()),
        () -> use(plans -> plans.ofWorker(batch.size()).run(batch)));
  }

  /** Whether one image is faster on the processors of all workers. */
  @Override
  public boolean spreads() {
    return running.plans.ofTeam() != null;
  }

  /**
   * Runs one image on the processors of all workers, which should have nothing to do, and waits for
   * it.
   *
   * @param image of the model's crop size
   * @throws EngineException if the native engine fails; the engine stays usable
   */
  public NetworkOutput runSpread(Pixels image) throws EngineException {
    check(image);
    Optional<List<NetworkOutput>> outputs =
        threads.callTeam(
            "an image failed",
            () ->
                use(plans -> Optional.ofNullable(plans.ofTeam()).map(p -> p.run(List.of(image)))));
    return outputs.isPresent() ? outputs.get().getFirst() : run(List.of(image)).getFirst();
  }

  /**
   * Runs one image of any size and waits for it: the network is convolutional but for its global
   * average pool, which takes the mean over however many places there are.
   *
   * @throws EngineException if the native engine fails; the engine stays usable
   * @throws IllegalStateException if the plan is compiled for the model's crop size, as direct
   *     plans are; plans in int8 fail for other sizes
   */
  public NetworkOutput runWhole(Pixels image) throws EngineException {
    if (running.plans.areCompiled()) {
      throw new IllegalStateException("a direct plan has one size: load the fused plan");
    }
    return compute(1, plans -> plans.ofWorker(1).run(List.of(image))).getFirst();
  }

  /**
   * Runs input that the caller has standardised already, and waits for it.
   *
   * @param input (count, 3, crop, crop), row-major, red first
   * @param count images, at least one
   * @return logits and pooled features of each image, in order
   * @throws EngineException if the native engine fails; the engine stays usable
   */
  public List<NetworkOutput> forward(float[] input, int count) throws EngineException {
    int side = preprocessing.crop();
    if (count < 1 || input.length != count * 3 * side * side) {
      throw new IllegalArgumentException(
          "%d numbers are not (%d, 3, %d, %d)".formatted(input.length, count, side, side));
    }
    return compute(count, plans -> plans.ofWorker(count).forward(input, count, side));
  }

  /**
   * Looks inside for one batch and waits for it. Takes longer than {@link #run}.
   *
   * @param batch at least one look, each at a crop of the model's size and a stage that there is
   * @return what each found, in the batch's order
   * @throws EngineException if the native engine fails; the engine stays usable
   */
  public List<IntermediateOutput> intermediates(List<IntermediateRequest> batch)
      throws EngineException {
    batch.forEach(request -> check(request.crop()));
    return compute(batch.size(), plans -> new IntermediateBatch(plans::ofWorker).run(batch));
  }

  /** How many stages of blocks the network has. */
  public int stages() throws EngineException {
    return compute(0, plans -> plans.ofWorker(1).stages());
  }

  private void check(Pixels image) {
    if (image.height() != preprocessing.crop() || image.width() != preprocessing.crop()) {
      throw new IllegalArgumentException(
          "an image is %d x %d, the network takes %d x %d"
              .formatted(
                  image.height(), image.width(), preprocessing.crop(), preprocessing.crop()));
    }
  }

  private <T> T compute(int count, Function<PreparedPlans, T> computation) throws EngineException {
    return threads.call("a batch of %d failed".formatted(count), () -> use(computation));
  }

  private <T> T use(Function<PreparedPlans, T> computation) {
    replacing.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the engine is closed");
      }
      return computation.apply(running.plans);
    } finally {
      replacing.readLock().unlock();
    }
  }

  /** Frees the native memory, after the batches that run; those that still wait fail. */
  @Override
  public void close() {
    replacing.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        running.plans.close();
        threads.leave();
      }
    } finally {
      replacing.writeLock().unlock();
    }
  }
}
