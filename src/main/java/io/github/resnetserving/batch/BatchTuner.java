package io.github.resnetserving.batch;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The delay and the largest batch that a queue uses now: fixed ones, or with a target those that
 * {@link BatchTuning} finds four times a second from what happened since. Guarded by the
 * scheduler's lock.
 */
final class BatchTuner {

  private static final long STEP_NANOS = 250_000_000;

  /**
   * One batch in so many may be one size larger than the tuning allows, so that the time of larger
   * ones stays known.
   */
  private static final int PROBE_EVERY = 64;

  private final BatchSizes sizes;
  private final @Nullable Long targetNanos;
  private final int workers;
  private BatchTuning tuning;
  private long stepNanos; // when the present step began
  private int arrived;
  private int finished;
  private int late;
  private int batches;

  BatchTuner(BatchSettings settings, long now) {
    this.sizes = settings.sizes();
    this.targetNanos = settings.targetP99() == null ? null : settings.targetP99().toNanos();
    this.workers = settings.concurrency();
    long delayNanos = targetNanos == null ? settings.maxDelay().toNanos() : 0;
    this.tuning = new BatchTuning(sizes.count() - 1, delayNanos, 1);
    this.stepNanos = now;
  }

  long delayNanos() {
    return tuning.delayNanos();
  }

  /** The index of the largest batch. */
  int sizeIndex() {
    return tuning.sizeIndex();
  }

  /** The index of the size that the next batch shall have, of so many that wait. */
  int nextSizeIndex(int waiting) {
    int most = tuning.sizeIndex();
    if (most < sizes.count() - 1 && ++batches % PROBE_EVERY == 0) {
      most++;
    }
    return Math.min(most, sizes.indexWithin(waiting));
  }

  void jobArrived() {
    arrived++;
  }

  /** A batch is over. */
  <I, O> void batchFinished(List<Job<I, O>> jobs, long now, ServiceTimes times) {
    if (targetNanos == null) {
      return;
    }
    finished += jobs.size();
    for (Job<I, O> job : jobs) {
      if (job.ageNanos(now) > targetNanos) {
        late++;
      }
    }
    long elapsed = now - stepNanos;
    if (elapsed >= STEP_NANOS && times.allKnown()) {
      List<Long> means = IntStream.range(0, sizes.count()).mapToObj(times::mean).toList();
      var load = new BatchTuning.Load(means, (double) arrived / elapsed / workers, finished, late);
      tuning = tuning.next(sizes, load, targetNanos);
      stepNanos = now;
      arrived = 0;
      finished = 0;
      late = 0;
    }
  }
}
