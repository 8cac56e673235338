package io.github.resnetserving.http;

import io.github.resnetserving.inference.Budget;

/**
 * What one stream's images and answers hold in memory. A stream that finds no room for a line waits
 * for images of its own: it never waits for others, so that two streams cannot wait for each other.
 * Images leave half of what the stream may have to answers, without which no image is ever done.
 * Thread-safe.
 */
final class StreamShare {

  /** How long an answer waits at most before it looks again whether other requests left room. */
  private static final long LOOK_AGAIN_MILLIS = 50;

  private final Budget.Lease lease;
  private final long most;
  private long images; // guarded by this

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
  synchronized boolean takeImage(long bytes) throws InterruptedException {
    while ((images > 0 && images + bytes > most / 2) || !lease.tryGrow(bytes)) {
      if (lease.held() == 0) {
        return false;
      }
      wait();
    }
    images += bytes;
    return true;
  }

  /** Takes so many bytes of an image that is being fetched, if they are there now. */
  synchronized boolean tryTakeImage(long bytes) {
    boolean taken = lease.tryGrow(bytes);
    images += taken ? bytes : 0;
    return taken;
  }

  /** Takes so many bytes for an answer, and waits for them until the deadline. */
  synchronized boolean takeAnswer(long bytes, long deadlineNanos) throws InterruptedException {
    while (!lease.tryGrow(bytes)) {
      long leftMillis = (deadlineNanos - System.nanoTime()) / 1_000_000;
      if (leftMillis <= 0 || bytes > most) {
        return false;
      }
      wait(Math.min(leftMillis, LOOK_AGAIN_MILLIS));
    }
    return true;
  }

  synchronized void giveBackImage(long bytes) {
    images -= bytes;
    giveBackAnswer(bytes);
  }

  synchronized void giveBackAnswer(long bytes) {
    lease.shrink(bytes);
    notifyAll();
  }
}
