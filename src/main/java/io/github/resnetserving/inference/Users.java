package io.github.resnetserving.inference;

import java.time.Duration;

/** How many requests use something that may be taken away; thread-safe. */
final class Users {

  private int count; // guarded by this
  private boolean closed; // guarded by this

  /** Returns whether one more may use it; if so, it must {@link #leave}. */
  synchronized boolean enter() {
    if (!closed) {
      count++;
    }
    return !closed;
  }

  synchronized void leave() {
    count--;
    notifyAll();
  }

  /** Lets nobody else in, and waits for those who are; returns whether all have left in time. */
  synchronized boolean close(Duration limit) throws InterruptedException {
    closed = true;
    long end = System.nanoTime() + limit.toNanos();
    while (count > 0) {
      long leftMillis = (end - System.nanoTime()) / 1_000_000;
      if (leftMillis <= 0) {
        return false;
      }
      wait(leftMillis);
    }
    return true;
  }
}
