package io.github.resnetserving.batch;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How long one job takes, as an exponentially weighted mean over batches. Thread-safe.
 *
 * <p>A batch counts with a weight of one eighth: a change of load shows within some ten batches and
 * one slow batch does not turn everyone away.
 */
final class ServiceTime {

  private static final long UNKNOWN = -1;
  private static final int WEIGHT = 8;

  private final AtomicLong nanosPerJob = new AtomicLong(UNKNOWN);

  void record(long runNanos, int batchSize) {
    long measured = Math.max(0, runNanos) / batchSize;
    nanosPerJob.updateAndGet(
        mean -> mean == UNKNOWN ? measured : mean + (measured - mean) / WEIGHT);
  }

  /** The time that {@code jobs} take one after the other; 0 before the first measurement. */
  long estimateNanos(int jobs) {
    return Math.max(0, nanosPerJob.get()) * jobs;
  }
}
