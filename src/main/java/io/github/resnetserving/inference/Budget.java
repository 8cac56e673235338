package io.github.resnetserving.inference;

import io.github.resnetserving.batch.NanoClock;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * So much of something, shared by everyone who needs some: bytes of bodies, pixels of pictures.
 * Whoever waits is served in the order of arrival, so that a large share is not passed over for
 * ever. Thread-safe.
 */
public final class Budget {

  private final long capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Queue<Object> waiting = new ArrayDeque<>(); // guarded by lock
  private long used; // guarded by lock
  private long refusals; // guarded by lock

  /**
   * @param capacity how much there is in all
   */
  public Budget(long capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException(
          "the capacity is %d: it must be positive".formatted(capacity));
    }
    this.capacity = capacity;
  }

  /** How much there is in all. */
  public long capacity() {
    return capacity;
  }

  /** How much of it is taken. */
  public long used() {
    lock.lock();
    try {
      return used;
    } finally {
      lock.unlock();
    }
  }

  /** How often somebody got nothing. */
  public long refusals() {
    lock.lock();
    try {
      return refusals;
    } finally {
      lock.unlock();
    }
  }

  /** Takes some if it is there now. */
  public boolean tryAcquire(long amount) {
    lock.lock();
    try {
      if (amount > capacity - used || !waiting.isEmpty()) {
        refusals++;
        return false;
      }
      used += amount;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes some, and waits until it is there or the clock reads {@code deadlineNanos}.
   *
   * @return whether it was taken
   * @throws IllegalArgumentException if there is never so much
   */
  boolean acquire(long amount, NanoClock clock, long deadlineNanos) throws InterruptedException {
    if (amount > capacity) {
      throw new IllegalArgumentException(
          "%d is wanted and there is never more than %d".formatted(amount, capacity));
    }
    lock.lockInterruptibly();
    try {
      Object turn = new Object();
      waiting.add(turn);
      try {
        while (!turn.equals(waiting.peek()) || amount > capacity - used) {
          long leftNanos = deadlineNanos - clock.nanoTime();
          if (leftNanos <= 0) {
            refusals++;
            return false;
          }
          changed.awaitNanos(leftNanos); // the clock decides, not the wait
        }
        used += amount;
        return true;
      } finally {
        waiting.remove(turn);
        changed.signalAll(); // the next one's turn
      }
    } finally {
      lock.unlock();
    }
  }

  /** Gives back what was taken. */
  public void release(long amount) {
    lock.lock();
    try {
      if (amount < 0 || amount > used) {
        throw new IllegalStateException(
            "%d is given back, but only %d is taken".formatted(amount, used));
      }
      used -= amount;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
