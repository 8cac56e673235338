package io.github.resnetserving.telemetry;

import io.github.resnetserving.batch.NanoClock;

/**
 * The share of the time in which something ran, of late: what was t ago counts e^(-t/30 s). That
 * needs no window and no scheduler, and any number of readers see the same. Thread-safe.
 */
final class BusyShare {

  private static final double TIME_CONSTANT_NANOS = 30e9;

  private final NanoClock clock;
  private double share; // guarded by this
  private long asOfNanos; // guarded by this
  private int running; // guarded by this

  BusyShare(NanoClock clock) {
    this.clock = clock;
    this.asOfNanos = clock.nanoTime();
  }

  synchronized void started() {
    advance();
    running++;
  }

  synchronized void ended() {
    advance();
    running--;
  }

  /** Between 0 and 1. */
  synchronized double get() {
    advance();
    return share;
  }

  private void advance() {
    long now = clock.nanoTime();
    double kept = Math.exp((asOfNanos - now) / TIME_CONSTANT_NANOS);
    share = share * kept + (running > 0 ? 1 - kept : 0);
    asOfNanos = now;
  }
}
