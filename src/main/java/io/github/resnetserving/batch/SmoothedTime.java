package io.github.resnetserving.batch;

/**
 * How long something takes: mean and mean deviation in nanoseconds, both exponentially weighted, as
 * TCP's round-trip estimator keeps them (Jacobson 1988, RFC 6298). Not thread-safe.
 *
 * <p>A measurement counts with a weight of one eighth: a change shows within some ten of them, and
 * one slow one does not turn everyone away.
 */
public final class SmoothedTime {

  private static final long UNKNOWN = -1;
  private static final int MEAN_WEIGHT = 8;
  private static final int DEVIATION_WEIGHT = 4;

  /**
   * No measurement counts as longer than so many times the mean. One during which the process stood
   * still, in a paused container or a virtual machine that moved, says nothing about the next; a
   * machine that has become eight times as slow still shows at once, by the deviation.
   */
  private static final int LONGEST = 8;

  private long mean = UNKNOWN;
  private long deviation;

  /**
   * A measured time, but no more than {@link #LONGEST} times what was expected; 0 if nothing was.
   */
  static long plausible(long measuredNanos, long expectedNanos) {
    return expectedNanos <= 0 ? measuredNanos : Math.min(measuredNanos, LONGEST * expectedNanos);
  }

  /** Takes a measured time; less than zero counts as zero. */
  public void record(long nanos) {
    long measured = Math.max(0, nanos);
    if (mean <= 0) { // unknown, or less than the clock can tell
      mean = measured;
      return;
    }
    long error = plausible(measured, mean) - mean;
    deviation += (Math.abs(error) - deviation) / DEVIATION_WEIGHT;
    mean += error / MEAN_WEIGHT;
  }

  /** Whether anything has been measured. */
  public boolean isKnown() {
    return mean != UNKNOWN;
  }

  /** The mean; 0 before the first measurement. */
  public long mean() {
    return Math.max(0, mean);
  }

  /** The mean deviation. */
  public long deviation() {
    return deviation;
  }

  /** Lowers the deviation by one part in {@code parts}. */
  void forgetDeviation(int parts) {
    deviation -= deviation / parts;
  }

  /** Lowers the mean by one part in {@code parts} of what it is above a bound. */
  void forgetAbove(long bound, int parts) {
    mean -= Math.max(0, mean - bound) / parts;
  }
}
