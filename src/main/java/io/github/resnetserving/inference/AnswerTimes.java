package io.github.resnetserving.inference;

import io.github.resnetserving.batch.ServiceTimes;
import io.github.resnetserving.batch.SmoothedTime;

/**
 * How long it takes from a request's last output to its answer, and from there until the response
 * is written: what admission must leave time for besides decoding and computing. Thread-safe.
 */
final class AnswerTimes {

  private final SmoothedTime answering = new SmoothedTime(); // guarded by this
  private final SmoothedTime writing = new SmoothedTime(); // guarded by this

  /** An answer was made so long after the last output that it needed. */
  synchronized void answered(long nanos) {
    answering.record(nanos);
  }

  /** A response was written so long after its answer was made. */
  synchronized void written(long nanos) {
    writing.record(nanos);
  }

  /** What both together are expected to take, with a margin; 0 before the first. */
  synchronized long expectedNanos() {
    double deviation = Math.hypot((double) answering.deviation(), (double) writing.deviation());
    return answering.mean() + writing.mean() + ServiceTimes.margin(deviation);
  }
}
