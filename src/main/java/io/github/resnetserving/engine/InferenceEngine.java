package io.github.resnetserving.engine;

import io.github.resnetserving.model.Inspected;
import io.github.resnetserving.model.Inspection;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.PlanReport;
import io.github.resnetserving.model.PlanTrial;
import io.github.resnetserving.model.Preprocessing;
import io.github.resnetserving.network.Network;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/**
 * One network on the native engine.
 *
 * <p>Thread-safe: threads of its own make every native call, one a worker, because libgomp keeps a
 * team of computing threads for each thread that calls it. Callers wait for their batch; each
 * worker runs one at a time.
 */
public final class InferenceEngine implements AutoCloseable {

  /** What computes; replaced as one. */
  private record Running(PreparedPlans plans, PlanReport report) {}

  private final ExecutorService workers;
  private final Preprocessing preprocessing;
  private final ReadWriteLock replacing = new ReentrantReadWriteLock(); // of running, by no batch
  private volatile Running running;

  private InferenceEngine(ExecutorService workers, Preprocessing preprocessing, Running running) {
    this.workers = workers;
    this.preprocessing = preprocessing;
    this.running = running;
  }

  /**
   * Emits a network's plan, loads it and runs every batch size once, so that the first request
   * finds all kernels compiled. The network's weights are not needed afterwards.
   *
   * @throws EngineException if no plan can be loaded
   */
  public static InferenceEngine load(
      Network network, Preprocessing preprocessing, EngineOptions options) throws EngineException {
    try {
      return new EngineLoader().load(new OpenNetwork(network, preprocessing), options);
    } catch (IOException e) {
      throw EngineException.because("the plan cannot be written", e);
    }
  }

  /**
   * Loads a plan and runs every batch size once.
   *
   * @param report what is known of it; the copies in memory are 0 if they are to be found out
   */
  static InferenceEngine open(
      Path archive, PlanReport report, Preprocessing preprocessing, EngineOptions options)
      throws EngineException {
    ExecutorService workers =
        Executors.newFixedThreadPool(
            options.workers(), work -> NativeRuntime.owner(work, options.threads()));
    try {
      PreparedPlans plans =
          call(
              workers,
              "the %s plan in %s was refused".formatted(report.plan(), report.precision()),
              () ->
                  report.copies() == 0
                      ? PreparedPlans.load(
                          archive, options.device(), options.maxBatch(), gray(preprocessing.crop()))
                      : PreparedPlans.load(
                          archive, options.device(), options.maxBatch(), report.copies()));
      InferenceEngine engine =
          new InferenceEngine(
              workers,
              preprocessing,
              new Running(
                  plans,
                  new PlanReport(
                      report.plan(),
                      report.precision(),
                      report.device(),
                      plans.copies(),
                      report.trials())));
      for (int size = 1; size <= options.maxBatch(); size++) {
        engine.run(Collections.nCopies(size, gray(preprocessing.crop())));
      }
      return engine;
    } catch (EngineException | RuntimeException e) {
      workers.shutdown();
      throw e;
    }
  }

  /**
   * Computes with another engine's plan from the next batch on, and frees its own. The other is not
   * to be used any more.
   *
   * @throws EngineException if this one is closed
   */
  void become(InferenceEngine other) throws EngineException {
    Running better = other.running;
    other.workers.close();
    replacing.writeLock().lock();
    try {
      if (workers.isShutdown()) {
        better.plans.close();
        throw new EngineException("the engine was closed before its plan was replaced");
      }
      running.plans.close();
      running = better;
    } finally {
      replacing.writeLock().unlock();
    }
  }

  /** Says what has been tried. */
  void tried(List<PlanTrial> trials) {
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
   * @param batch at least one picture, each of the model's crop size
   * @return logits and pooled features of each picture, in the batch's order
   * @throws EngineException if the native engine fails; the engine stays usable
   */
  public List<NetworkOutput> run(List<Pixels> batch) throws EngineException {
    batch.forEach(this::check);
    return compute(batch.size(), plans -> plans.run(batch));
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
    return compute(count, plans -> plans.forward(input, count, side));
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
    return compute(batch.size(), plans -> plans.inspect(batch));
  }

  /** How many stages of blocks the network has. */
  public int stages() throws EngineException {
    return compute(0, PreparedPlans::stages);
  }

  private void check(Pixels picture) {
    if (picture.height() != preprocessing.crop() || picture.width() != preprocessing.crop()) {
      throw new IllegalArgumentException(
          "a picture is %d x %d, the network takes %d x %d"
              .formatted(
                  picture.height(), picture.width(), preprocessing.crop(), preprocessing.crop()));
    }
  }

  private <T> T compute(int count, Function<PreparedPlans, T> computation) throws EngineException {
    return call(
        workers,
        "a batch of %d failed".formatted(count),
        () -> {
          replacing.readLock().lock();
          try {
            return computation.apply(running.plans);
          } finally {
            replacing.readLock().unlock();
          }
        });
  }

  private static <T> T call(ExecutorService workers, String doing, Callable<T> work)
      throws EngineException {
    Future<T> result = workers.submit(work);
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
    workers.close();
    replacing.writeLock().lock();
    try {
      running.plans.close();
    } finally {
      replacing.writeLock().unlock();
    }
  }
}
