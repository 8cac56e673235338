package io.github.resnetserving.inference;

import java.time.Duration;

/**
 * When an answer is wanted.
 *
 * @param startNanos when the request's headers had arrived, a reading of {@link System#nanoTime()},
 *     which is also the clock of the service
 * @param limit how long after that, positive and at most a day
 */
public record Deadline(long startNanos, Duration limit) {

  private static final Duration LONGEST = Duration.ofDays(1);

  public Deadline {
    if (limit.isNegative() || limit.isZero() || limit.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "the limit is %s: it must be positive and at most %s".formatted(limit, LONGEST));
    }
  }

  /** The reading of the clock at which the deadline passes. */
  public long atNanos() {
    return startNanos + limit.toNanos();
  }
}
