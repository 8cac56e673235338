package io.github.resnetserving.batch;

import java.util.Arrays;
import java.util.function.IntToLongFunction;

/**
 * What no batching executor can do better without knowing the future: one worker that is never idle
 * while a job waits, takes the largest batch of what is there, and spends nothing on anything but
 * the batches.
 */
final class IdealBatcher {

  private final BatchSizes sizes;
  private final long[] serviceNanos; // (sizes,)

  /**
   * @param sizes the sizes that batches are cut at
   * @param serviceNanos (sizes,) how long a batch of each takes
   */
  IdealBatcher(BatchSizes sizes, long... serviceNanos) {
    if (serviceNanos.length != sizes.count()) {
      throw new IllegalArgumentException(
          "%d service times are given for %d sizes".formatted(serviceNanos.length, sizes.count()));
    }
    this.sizes = sizes;
    this.serviceNanos = serviceNanos.clone();
  }

  /**
   * Replays arrivals.
   *
   * @param arrivalNanos ascending
   * @return how long after its arrival each job is done
   */
  long[] responseNanos(long... arrivalNanos) {
    return responseNanos(size -> serviceNanos[size], arrivalNanos);
  }

  /**
   * Replays arrivals with times that vary.
   *
   * @param serviceNanos how long the next batch of the size with an index takes
   */
  long[] responseNanos(IntToLongFunction serviceNanos, long... arrivalNanos) {
    long[] responses = new long[arrivalNanos.length];
    long free = Long.MIN_VALUE;
    int next = 0;
    while (next < arrivalNanos.length) {
      long start = Math.max(free, arrivalNanos[next]);
      int waiting = 0;
      while (waiting < sizes.largest()
          && next + waiting < arrivalNanos.length
          && arrivalNanos[next + waiting] <= start) {
        waiting++;
      }
      int size = sizes.indexWithin(waiting);
      free = start + serviceNanos.applyAsLong(size);
      for (int i = next; i < next + sizes.get(size); i++) {
        responses[i] = free - arrivalNanos[i];
      }
      next += sizes.get(size);
    }
    return responses;
  }

  /** Jobs a second, of the size that gives most. */
  double capacity() {
    double most = 0;
    for (int i = 0; i < sizes.count(); i++) {
      most = Math.max(most, sizes.get(i) * 1e9 / serviceNanos[i]);
    }
    return most;
  }

  /** The value that a part of the values do not exceed; 0 if there are none. */
  static long quantile(long[] values, double part) {
    if (values.length == 0) {
      return 0;
    }
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)];
  }
}
