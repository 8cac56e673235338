package io.github.resnetserving.http;

import io.github.resnetserving.inference.Budget;

/**
 * What one stream's images and answers hold in memory. A stream that finds no room waits for images
 * of its own: it never waits for others, so that two streams cannot wait for each other.
 * Thread-safe.
 */
final class StreamShare {

  private final Budget.Lease lease;
  private final long most;

  /**
   * @param most bytes that one request may have
   */
  StreamShare(Budget.Lease lease, long most) {
    this.lease = lease;
    this.most = most;
  }

  /** The most that one request may have. */
  long most() {
    return most;
  }

  /** Takes so many bytes; returns false if they are not there though the stream holds none. */
  synchronized boolean take(long bytes) throws InterruptedException {
    while (!lease.tryGrow(bytes)) {
      if (lease.held() == 0) {
        return false;
      }
      wait();
    }
    return true;
  }

  /** Takes so many bytes if they are there now. */
  boolean tryTake(long bytes) {
    return lease.tryGrow(bytes);
  }

  synchronized void giveBack(long bytes) {
    lease.shrink(bytes);
    notifyAll();
  }
}
