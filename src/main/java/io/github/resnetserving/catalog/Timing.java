package io.github.resnetserving.catalog;

import java.time.Duration;
import java.time.Instant;

/** Time that tests can turn by hand. */
interface Timing {

  /** As {@link System#nanoTime()}. */
  long nanoTime();

  Instant now();

  void sleep(Duration wait) throws InterruptedException;

  static Timing system() {
    return new Timing() {
      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public Instant now() {
        return Instant.now();
      }

      @Override
      public void sleep(Duration wait) throws InterruptedException {
        Thread.sleep(wait);
      }
    };
  }
}
