package io.github.resnetserving.engine;

import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.plan.Plan;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network's plan, prepared for batches and, where that pays, once more for single images. As
 * thread-safe as they are.
 *
 * <p>oneDNN chooses the weights' layout by the batch size and the number of threads that they are
 * prepared for. Any size runs in any layout, but a single image may take nearly twice as long in
 * that of a batch, and a batch half as long again in that of a single image: whether it does
 * depends on the processor and the network, so it is measured. A second layout is a second copy of
 * the weights. On a GPU there is one layout for all. A direct plan is compiled for each batch size
 * and shares what lies alike, so it needs a second one for a team only.
 *
 * <p>Where the threads have a team, the second one is the team's, and no worker computes with it:
 * what is prepared for one number of threads does not run on another.
 */
final class PreparedPlans implements AutoCloseable {

  /** A second copy must be worth its memory. */
  private static final double PAYS = 0.9;

  /**
   * How much of the workers' rate a team must keep: while it computes an image, one that comes next
   * waits, though there are processors for both.
   */
  private static final double KEPT = 0.75;

  private static final int ROUNDS = 5;

  private final Plan batches;
  private final @Nullable Plan single;
  private final boolean ofTeam; // the second one

  private PreparedPlans(Plan batches, @Nullable Plan single, boolean ofTeam) {
    this.batches = batches;
    this.single = single;
    this.ofTeam = ofTeam;
  }

  /**
   * Loads an archive.
   *
   * @param report how often that was found to pay before; 0 copies to find out
   */
  static PreparedPlans load(
      Path archive,
      PlanReport report,
      EngineOptions options,
      EngineThreads threads,
      PlanVariant.Opener opener,
      Pixels image)
      throws EngineException {
    String doing = "the %s plan in %s was refused".formatted(report.plan(), report.precision());
    Plan batches = threads.call(doing, () -> opener.open(PlanVariant.of(report), archive, options));
    boolean alike = (options.maxBatch() == 1 || batches.suitsEverySize()) && !threads.hasTeam();
    if (alike || report.copies() == 1) {
      return new PreparedPlans(batches, null, threads.hasTeam());
    }
    try {
      Plan single = threads.callTeam(doing, () -> batches.forOne(archive));
      boolean kept = false;
      try {
        kept = report.copies() == 2 || pays(single, batches, List.of(image), threads, doing);
        return new PreparedPlans(batches, kept ? single : null, threads.hasTeam());
      } finally {
        if (!kept) {
          single.close();
        }
      }
    } catch (EngineException e) {
      batches.close();
      throw e;
    }
  }

  /** Compares the medians of interleaved runs. */
  private static boolean pays(
      Plan single, Plan batches, List<Pixels> image, EngineThreads threads, String doing)
      throws EngineException {
    long[] alone = new long[ROUNDS];
    long[] shared = new long[ROUNDS];
    threads.callTeam(doing, () -> single.run(image)); // kernels are compiled at the first run
    threads.call(doing, () -> batches.run(image));
    for (int i = 0; i < ROUNDS; i++) {
      alone[i] = threads.callTeam(doing, () -> nanos(single, image));
      shared[i] = threads.call(doing, () -> nanos(batches, image));
    }
    Arrays.sort(alone);
    Arrays.sort(shared);
    double part = threads.hasTeam() ? 1 / (KEPT * threads.workers()) : PAYS;
    return alone[ROUNDS / 2] < part * shared[ROUNDS / 2];
  }

  private static long nanos(Plan plan, List<Pixels> batch) {
    long start = System.nanoTime();
    var _ = plan.run(batch);
    return System.nanoTime() - start;
  }

  /** How often the weights are in memory. */
  int copies() {
    return single == null ? 1 : 2;
  }

  /** See {@link Plan#isCompiled}. */
  boolean areCompiled() {
    return batches.isCompiled();
  }

  /** The plan with which a worker computes so many images. */
  Plan ofWorker(int size) {
    return size == 1 && single != null && !ofTeam ? single : batches;
  }

  /** The plan of the team; null where a worker is as fast, or where there is none. */
  @Nullable Plan ofTeam() {
    return ofTeam ? single : null;
  }

  @Override
  public void close() {
    if (single != null) {
      single.close();
    }
    batches.close();
  }
}
