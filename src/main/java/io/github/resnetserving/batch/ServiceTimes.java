package io.github.resnetserving.batch;

import java.util.Arrays;

/**
 * How long batches of each size take: mean and mean deviation, both exponentially weighted, as
 * TCP's round-trip estimator keeps them (Jacobson 1988, RFC 6298). Guarded by the scheduler's lock.
 *
 * <p>A batch counts with a weight of one eighth: a change shows within some ten batches, and one
 * slow batch does not turn everyone away.
 */
final class ServiceTimes {

  private static final long UNKNOWN = -1;
  private static final int MEAN_WEIGHT = 8;
  private static final int DEVIATION_WEIGHT = 4;

  /**
   * What a size is thought to take beyond what others say is forgotten at this rate while they run.
   * A batch that was held up would otherwise make its size look too slow for every deadline, and so
   * it would never run again and never be measured anew.
   */
  private static final int FORGETTING = 64;

  /**
   * No batch counts as longer than so many times the mean. One that stood still with its process,
   * in a paused container or a virtual machine that moved, says nothing about the next; a machine
   * that has become eight times as slow still shows at once, by the deviation.
   */
  private static final int LONGEST = 8;

  /** Of which a margin consists, as TCP allows a reply. */
  private static final int DEVIATIONS = 4;

  /** Of which {@link #safe} adds one part. */
  private static final int SAFETY = 10;

  private final BatchSizes sizes;
  private final long[] means; // (sizes,), nanoseconds
  private final long[] deviations; // (sizes,), nanoseconds

  ServiceTimes(BatchSizes sizes) {
    this.sizes = sizes;
    this.means = new long[sizes.count()];
    this.deviations = new long[sizes.count()];
    Arrays.fill(means, UNKNOWN);
  }

  /**
   * An expected time with what the machine may become slower until then. Under overload every
   * accepted job stands at the limit of its deadline, and a machine that becomes a little slower
   * does so for all batches that wait at once.
   */
  static long safe(long expectedNanos) {
    return expectedNanos + expectedNanos / SAFETY;
  }

  /**
   * A measured time, but no more than {@link #LONGEST} times what was expected; 0 if nothing was.
   */
  static long plausible(long measuredNanos, long expectedNanos) {
    return expectedNanos <= 0 ? measuredNanos : Math.min(measuredNanos, LONGEST * expectedNanos);
  }

  BatchSizes sizes() {
    return sizes;
  }

  void record(int index, long nanos) {
    long measured = Math.max(0, nanos);
    if (means[index] <= 0) { // unknown, or less than the clock can tell
      means[index] = measured;
    } else {
      long error = plausible(measured, means[index]) - means[index];
      deviations[index] += (Math.abs(error) - deviations[index]) / DEVIATION_WEIGHT;
      means[index] += error / MEAN_WEIGHT;
    }
    for (int i = 0; i < means.length; i++) {
      if (i != index) {
        deviations[i] -= deviations[i] / FORGETTING;
      }
      if (i > index && means[i] != UNKNOWN) {
        long inBatchesOfThisSize = means[index] * Math.ceilDiv(sizes.get(i), sizes.get(index));
        means[i] -= Math.max(0, means[i] - inBatchesOfThisSize) / FORGETTING;
      }
    }
  }

  /**
   * The mean for one size. One that has not been measured is taken to cost as much a job as the
   * next smaller one that has, or else as much as the next larger one; 0 if none has.
   */
  long mean(int index) {
    for (int i = index; i >= 0; i--) {
      if (means[i] != UNKNOWN) {
        return i == index ? means[i] : means[i] * sizes.get(index) / sizes.get(i);
      }
    }
    for (int i = index + 1; i < means.length; i++) {
      if (means[i] != UNKNOWN) {
        return means[i];
      }
    }
    return 0;
  }

  /** Whether every size has been measured. */
  boolean allKnown() {
    return Arrays.stream(means).noneMatch(mean -> mean == UNKNOWN);
  }

  /** What so many batches of a size may take beyond their means: deviations partly cancel out. */
  long margin(int index, int batches) {
    return (long) (DEVIATIONS * deviations[index] * Math.sqrt(batches));
  }
}
