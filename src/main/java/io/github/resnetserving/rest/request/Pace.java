package io.github.resnetserving.rest.request;

import java.time.Duration;

/**
 * How fast bytes must come. After n bytes a body may have taken the grace period and a second for
 * each {@code bytesPerSecond} of them, and never more than the limit; Apache httpd's mod_reqtimeout
 * has the same rule.
 *
 * @param limit how long a body may take in any case; positive
 * @param grace how long it may take before its rate counts; not negative
 * @param bytesPerSecond the smallest rate; positive and at most 10^9
 */
public record Pace(Duration limit, Duration grace, long bytesPerSecond) {

  private static final long SECOND = 1_000_000_000;
  private static final long DAY = 86_400;

  public Pace {
    if (!limit.isPositive()
        || grace.isNegative()
        || bytesPerSecond < 1
        || bytesPerSecond > SECOND) {
      throw new IllegalArgumentException(
          "the limit %s must be positive, the grace %s not negative, and %d bytes a second between 1 and 10^9"
              .formatted(limit, grace, bytesPerSecond));
    }
  }

  /** How many nanoseconds a body may have taken by the time that so many bytes of it are there. */
  public long allowedNanos(long bytes) {
    return Math.min(limit.toNanos(), grace.toNanos() + allowedAtRateNanos(bytes));
  }

  /** How many nanoseconds so many bytes take at the smallest rate; at most a day. */
  long allowedAtRateNanos(long bytes) {
    long seconds = bytes / bytesPerSecond;
    return seconds >= DAY
        ? DAY * SECOND
        : seconds * SECOND + bytes % bytesPerSecond * SECOND / bytesPerSecond;
  }
}
