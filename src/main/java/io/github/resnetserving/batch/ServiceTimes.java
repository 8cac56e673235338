package io.github.resnetserving.batch;

import java.util.stream.IntStream;

/**
 * How long work of each of several sizes takes: batches of so many jobs, images of so many bytes.
 * Each size has a {@link SmoothedTime} of its own. Not thread-safe: guarded by its owner's lock.
 */
public final class ServiceTimes {

  /**
   * What a size is thought to take beyond what others say is forgotten at this rate while they run.
   * A batch that was held up would otherwise make its size look too slow for every deadline, and so
   * it would never run again and never be measured anew.
   */
  private static final int FORGETTING = 64;

  /** Number of mean deviations in the safety margin (RFC 6298 uses 4). */
  private static final int DEVIATIONS = 4;

  /** Divisor of the time that {@link #safe} adds as a margin. */
  private static final int SAFETY = 10;

  private final BatchSizes sizes;
  private final SmoothedTime[] times; // (sizes,)

  public ServiceTimes(BatchSizes sizes) {
    this.sizes = sizes;
    this.times =
        IntStream.range(0, sizes.count())
            .mapToObj(_ -> new SmoothedTime())
            .toArray(SmoothedTime[]::new);
  }

  /**
   * An expected time with what the machine may become slower until then. Under overload every
   * accepted job stands at the limit of its deadline, and a machine that becomes a little slower
   * does so for all batches that wait at once.
   */
  public static long safe(long expectedNanos) {
    return expectedNanos + expectedNanos / SAFETY;
  }

  /** What is added to an expected time whose mean deviation is known, as TCP allows a reply. */
  public static long margin(double deviationNanos) {
    return (long) (DEVIATIONS * deviationNanos);
  }

  /** How many sizes there are. */
  public int count() {
    return times.length;
  }

  /** The index of the largest of the sizes that is not larger than {@code size}, at least 1. */
  public int indexOf(int size) {
    return sizes.indexWithin(size);
  }

  /** Takes a measured time of the size with an index. */
  public void record(int index, long nanos) {
    times[index].record(nanos);
    for (int i = 0; i < times.length; i++) {
      if (i != index) {
        times[i].forgetDeviation(FORGETTING);
      }
      if (i > index && times[i].isKnown()) {
        long inWorkOfThisSize = times[index].mean() * Math.ceilDiv(sizes.get(i), sizes.get(index));
        times[i].forgetAbove(inWorkOfThisSize, FORGETTING);
      }
    }
  }

  /**
   * The mean for one size. One that has not been measured is taken to cost as much for its size as
   * the next smaller one that has, or else as much as the next larger one; 0 if none has.
   */
  public long mean(int index) {
    for (int i = index; i >= 0; i--) {
      if (times[i].isKnown()) {
        return i == index ? times[i].mean() : times[i].mean() * sizes.get(index) / sizes.get(i);
      }
    }
    for (int i = index + 1; i < times.length; i++) {
      if (times[i].isKnown()) {
        return times[i].mean();
      }
    }
    return 0;
  }

  /** The mean deviation for one size; 0 for one that has not been measured twice. */
  public long deviation(int index) {
    return times[index].deviation();
  }

  BatchSizes sizes() {
    return sizes;
  }

  /** Whether every size has been measured. */
  boolean allKnown() {
    for (SmoothedTime time : times) {
      if (!time.isKnown()) {
        return false;
      }
    }
    return true;
  }

  /** What so many batches of a size may take beyond their means: deviations partly cancel out. */
  long margin(int index, int batches) {
    return margin(deviation(index) * Math.sqrt(batches));
  }
}
