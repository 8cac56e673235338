package io.github.resnetserving.batch;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until a test moves it. */
final class FakeClock implements NanoClock {

  private final AtomicLong now;

  FakeClock(long start) {
    now = new AtomicLong(start);
  }

  @Override
  public long nanoTime() {
    return now.get();
  }

  void advance(Duration duration) {
    now.addAndGet(duration.toNanos());
  }

  long in(Duration duration) {
    return now.get() + duration.toNanos();
  }
}
