package io.github.resnetserving.sandbox;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * When a start may be tried that has failed: after a second, then after twice as long each time, up
 * to a minute. Thread-safe.
 */
final class StartBackoff {

  private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final LongSupplier nanoTime;
  private long waitNanos; // guarded by this; 0 if the last start succeeded
  private long failedNanos; // guarded by this

  /**
   * @param nanoTime a clock such as {@link System#nanoTime}
   */
  StartBackoff(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  synchronized boolean mayTry() {
    return waitNanos == 0 || nanoTime.getAsLong() - failedNanos >= waitNanos;
  }

  synchronized void succeeded() {
    waitNanos = 0;
  }

  /** Says how long there is no next try. */
  synchronized long failed() {
    waitNanos = waitNanos == 0 ? FIRST_NANOS : Math.min(LONGEST_NANOS, 2 * waitNanos);
    failedNanos = nanoTime.getAsLong();
    return waitNanos;
  }
}
