package io.github.resnetserving.models.download;

import java.time.Duration;
import java.time.Instant;

/** Time that tests can turn by hand. */
interface Clock {

  /** As {@link System#nanoTime()}. */
  long nanoTime();

  Instant now();

  void sleep(Duration wait) throws InterruptedException;

  static Clock system() {
    return new Clock() {
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
