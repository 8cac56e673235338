package io.github.resnetserving.batch;

/**
 * One queue's account with the fair scheduler. Guarded by the scheduler's lock.
 *
 * <p>Start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996): a queue's next batch begins at the
 * virtual time at which its last one ends, which is its service time divided by the queue's weight
 * later; the scheduler takes the smallest beginning. Virtual time is the beginning of the batch
 * taken last, and a queue that had nothing waiting starts from there: idleness earns no credit.
 *
 * <p>How long a batch takes is known when it is over. Until then it is charged what it is expected
 * to take, so that several workers do not all serve the same queue.
 */
final class FairShare {

  /** What all accounts of a scheduler have in common. */
  static final class VirtualTime {
    private long now; // nanoseconds of service for a weight of 1; guarded by the scheduler's lock
  }

  private final VirtualTime time;
  private final int weight;
  private long start;

  FairShare(VirtualTime time, int weight) {
    this.time = time;
    this.weight = weight;
  }

  /** The first job came into an empty queue. */
  void activate() {
    if (start - time.now < 0) {
      start = time.now;
    }
  }

  boolean isBefore(FairShare other) {
    return start - other.start < 0;
  }

  /** A batch is taken. */
  void charge(long expectedNanos) {
    if (start - time.now > 0) {
      time.now = start;
    }
    start += scaled(expectedNanos);
  }

  /** A batch is over. */
  void correct(long expectedNanos, long measuredNanos) {
    start += scaled(measuredNanos) - scaled(expectedNanos);
  }

  /** At least 1, so that functions that take no time take turns too. */
  private long scaled(long nanos) {
    return Math.max(1, nanos / weight);
  }
}
