package io.github.resnetserving.rest;

import io.github.resnetserving.inference.Budget;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * What one stream's images and answers hold in memory. A stream that finds no room for a line waits
 * for images of its own: it never waits for others, so that two streams cannot wait for each other.
 *
 * <p>Answers are written in the order of the lines, so an answer that has to wait for an earlier
 * one must not have the memory which that one still needs: images leave three quarters of what the
 * stream may have to answers, and an answer out of its turn leaves room for another one. All
 * answers of a stream take about as much. Thread-safe.
 */
final class StreamShare {

  /** How long an answer waits at most before it looks again whether other requests left room. */
  private static final long LOOK_AGAIN_MILLIS = 50;

  private final Budget.Lease lease;
  private final long most;
  private final NavigableSet<Long> waiting =
      new TreeSet<>(); // lines without answer; guarded by this
  private long images; // guarded by this
  private long answers; // guarded by this

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

  /** Announces a line; called in their order. */
  synchronized void begin(long line) {
    waiting.add(line);
  }

  /** Takes so many bytes; returns false if they are not there though the stream holds none. */
  synchronized boolean takeImage(long bytes) throws InterruptedException {
    while ((images > 0 && images + bytes > most / 4) || !lease.tryGrow(bytes)) {
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
  synchronized boolean takeAnswer(long line, long bytes, long deadlineNanos)
      throws InterruptedException {
    while (!mayTake(line, bytes) || !lease.tryGrow(bytes)) {
      long leftMillis = (deadlineNanos - System.nanoTime()) / 1_000_000;
      if (leftMillis <= 0 || bytes > most) {
        return false;
      }
      wait(Math.min(leftMillis, LOOK_AGAIN_MILLIS));
    }
    answers += bytes;
    end(line);
    return true;
  }

  private boolean mayTake(long line, long bytes) {
    return waiting.headSet(line).isEmpty() || answers + 2 * bytes <= most / 4 * 3;
  }

  /** A line has its answer's memory, or needs none. */
  synchronized void end(long line) {
    waiting.remove(line);
    notifyAll();
  }

  synchronized void giveBackImage(long bytes) {
    images -= bytes;
    lease.shrink(bytes);
    notifyAll();
  }

  synchronized void giveBackAnswer(long bytes) {
    answers -= bytes;
    lease.shrink(bytes);
    notifyAll();
  }
}
