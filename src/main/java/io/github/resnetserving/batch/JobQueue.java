package io.github.resnetserving.batch;

import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A bounded first-in first-out queue that can be closed. One lock decides between full, closed and
 * accepted, so that nothing is accepted after the last taker has gone. Thread-safe.
 */
final class JobQueue<T> {

  enum Offer {
    ACCEPTED,
    FULL,
    CLOSED
  }

  private final int capacity;
  private final NanoClock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<T> waiting; // guarded by lock
  private boolean closed; // guarded by lock

  JobQueue(int capacity, NanoClock clock) {
    this.capacity = capacity;
    this.clock = clock;
    this.waiting = new ArrayDeque<>(capacity);
  }

  Offer offer(T job) {
    lock.lock();
    try {
      if (closed) {
        return Offer.CLOSED;
      }
      if (waiting.size() >= capacity) {
        return Offer.FULL;
      }
      waiting.add(job);
      changed.signal();
      return Offer.ACCEPTED;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a job; null once the queue is closed and empty. */
  @Nullable T take() throws InterruptedException {
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed) {
        changed.await();
      }
      return waiting.poll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes a job that is there, or waits for one until the clock reads {@code latestNanos}; null if
   * none came by then. A closed queue is not waited for: nothing more will come.
   */
  @Nullable T takeBefore(long latestNanos) throws InterruptedException {
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed) {
        long leftNanos = latestNanos - clock.nanoTime();
        if (leftNanos <= 0) {
          return null;
        }
        // The clock is asked again after waiting: the wait itself is not what is measured.
        changed.awaitNanos(leftNanos);
      }
      return waiting.poll();
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether the job was still waiting. */
  boolean remove(T job) {
    lock.lock();
    try {
      return waiting.remove(job);
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  /** Accepts no more; what waits can still be taken. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Forgets everything that waits. */
  void clear() {
    lock.lock();
    try {
      waiting.clear();
    } finally {
      lock.unlock();
    }
  }
}
