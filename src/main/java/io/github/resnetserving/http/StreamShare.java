package io.github.resnetserving.http;

import io.github.resnetserving.inference.Budget;

/**
 * The share of the budget of bodies that one stream's pictures hold. A stream that finds no room
 * waits for pictures of its own: it never waits for others, so that two streams cannot wait for
 * each other. Thread-safe.
 */
final class StreamShare {

  private final Budget budget;
  private long held; // guarded by this

  StreamShare(Budget budget) {
    this.budget = budget;
  }

  /** Takes so many bytes; returns false if they are not there though the stream holds none. */
  synchronized boolean take(long bytes) throws InterruptedException {
    while (!budget.tryAcquire(bytes)) {
      if (held == 0) {
        return false;
      }
      wait();
    }
    held += bytes;
    return true;
  }

  /** Takes so many bytes if they are there now. */
  synchronized boolean tryTake(long bytes) {
    boolean taken = budget.tryAcquire(bytes);
    if (taken) {
      held += bytes;
    }
    return taken;
  }

  synchronized void giveBack(long bytes) {
    held -= bytes;
    budget.release(bytes);
    notifyAll();
  }
}
