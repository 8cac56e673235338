package io.github.resnetserving.inference;

import io.github.resnetserving.batch.NanoClock;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A fair, bounded counter of bytes or pixels in flight. Waiters are served first come, first
 * served, so a large request is never starved by small ones. Thread-safe.
 *
 * <p>A {@link Lease} is what one request holds, on behalf of holders (a connection, a key), each of
 * which may have three quarters of the budget at most. While a request still arrives its lease can
 * be revoked: where room is short, the arriving request that holds most has to go first, as long as
 * it holds more than the lease that needs room would then (longest queue drop: Wei, Coyle and Hsiao
 * 1991). So slow or large bodies cannot keep small ones out.
 */
public final class Budget {

  /** A holder may have all but this part of the capacity. */
  private static final int LEFT_TO_OTHERS = 4;

  private final long capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Queue<Object> waiting = new ArrayDeque<>(); // guarded by lock
  private final Map<Object, Long> heldBy = new HashMap<>(); // by holder; guarded by lock
  private final Set<Lease> arriving = new HashSet<>(); // can be revoked; guarded by lock
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

  /** How often a lease could not grow. */
  public long refusals() {
    lock.lock();
    try {
      return refusals;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Opens an empty lease.
   *
   * @param holders those on whose behalf it is held, told apart by {@code equals}: each is held to
   *     its share of the budget. A lease without any may have all of it
   */
  public Lease open(Object... holders) {
    return new Lease(List.of(holders));
  }

  /** The most that one holder may have. */
  public long share() {
    return capacity - capacity / LEFT_TO_OTHERS;
  }

  /** What one request holds of the budget. Thread-safe; closing it gives everything back. */
  public final class Lease implements AutoCloseable {

    private final List<Object> holders;
    private @Nullable Runnable drop; // while it arrives; guarded by lock
    private long held; // guarded by lock
    private boolean revoked; // guarded by lock
    private boolean closed; // guarded by lock

    private Lease(List<Object> holders) {
      this.holders = holders;
    }

    /** How much the lease holds. */
    public long held() {
      lock.lock();
      try {
        return held;
      } finally {
        lock.unlock();
      }
    }

    /**
     * Lets the lease be revoked from now on, until {@link #arrived}.
     *
     * @param drop gives up what the lease stands for; called at most once, on the thread of the
     *     request that needs the room, so it must be quick and must not wait
     */
    public void arriving(Runnable drop) {
      lock.lock();
      try {
        if (!closed && !revoked) {
          this.drop = drop;
          arriving.add(this);
        }
      } finally {
        lock.unlock();
      }
    }

    /**
     * Lets the lease be revoked no more.
     *
     * @return whether it still holds what it took; false if it was revoked meanwhile
     */
    public boolean arrived() {
      lock.lock();
      try {
        arriving.remove(this);
        drop = null;
        return !revoked;
      } finally {
        lock.unlock();
      }
    }

    /** Whether the lease was revoked: it then holds nothing and takes no more. */
    public boolean isRevoked() {
      lock.lock();
      try {
        return revoked;
      } finally {
        lock.unlock();
      }
    }

    /**
     * Takes so much more, before it is used, if no holder exceeds its share and there is room, for
     * which larger leases that still arrive are revoked if need be.
     *
     * @return whether it was taken; never once the lease is revoked or closed
     */
    public boolean tryGrow(long amount) {
      if (amount < 0) {
        throw new IllegalArgumentException("a lease grows by %d: use shrink".formatted(amount));
      }
      lock.lock();
      try {
        if (closed || revoked || !waiting.isEmpty() || !mayHold(amount) || !makeRoom(amount)) {
          refusals++;
          return false;
        }
        used += amount;
        hold(amount);
        return true;
      } finally {
        lock.unlock();
      }
    }

    private boolean mayHold(long amount) {
      for (Object holder : holders) {
        if (amount > share() - heldBy.getOrDefault(holder, 0L)) {
          return false;
        }
      }
      return amount <= (holders.isEmpty() ? capacity : share()) - held;
    }

    /**
     * Takes so much more, and waits until it is there or the clock reads {@code deadlineNanos}.
     *
     * @return whether it was taken; never once the lease is closed
     * @throws IllegalArgumentException if there is never so much
     */
    boolean grow(long amount, NanoClock clock, long deadlineNanos) throws InterruptedException {
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
          if (closed || revoked || !mayHold(amount)) {
            return false;
          }
          used += amount;
          hold(amount);
          return true;
        } finally {
          waiting.remove(turn);
          changed.signalAll(); // the next one's turn
        }
      } finally {
        lock.unlock();
      }
    }

    /** The largest lease that arrives, if larger than this one would be, is always room enough. */
    private boolean makeRoom(long amount) {
      if (amount <= capacity - used) {
        return true;
      }
      Optional<Lease> largest =
          arriving.stream()
              .filter(lease -> lease.held > held + amount)
              .max(Comparator.comparingLong(lease -> lease.held));
      largest.ifPresent(Lease::revoke);
      return largest.isPresent();
    }

    /**
     * Hands part of what the lease holds over to another lease of the same budget, without giving
     * it back in between.
     *
     * @return whether it was handed over; not once this lease is revoked or the other one closed,
     *     and not where a holder of the other lease would exceed its share
     */
    public boolean pass(long amount, Lease other) {
      lock.lock();
      try {
        if (revoked || closed || other.revoked || other.closed) {
          return false;
        }
        if (amount < 0 || amount > held) {
          throw new IllegalStateException(
              "%d is handed over, but only %d is held".formatted(amount, held));
        }
        hold(-amount);
        if (!other.mayHold(amount)) {
          refusals++;
          hold(amount);
          return false;
        }
        other.hold(amount);
        return true;
      } finally {
        lock.unlock();
      }
    }

    private void revoke() {
      shrink(held);
      revoked = true;
      arriving.remove(this);
      if (drop != null) {
        drop.run();
        drop = null;
      }
    }

    private void hold(long amount) {
      held += amount;
      for (Object holder : holders) {
        long whole = heldBy.getOrDefault(holder, 0L) + amount;
        if (whole == 0) {
          heldBy.remove(holder);
        } else {
          heldBy.put(holder, whole);
        }
      }
    }

    /** Gives some of it back; what a revoked lease had is back already. */
    public void shrink(long amount) {
      lock.lock();
      try {
        if (revoked) {
          return;
        }
        if (amount < 0 || amount > held) {
          throw new IllegalStateException(
              "%d is given back, but only %d is held".formatted(amount, held));
        }
        used -= amount;
        hold(-amount);
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }

    /** Gives all of it back and takes no more; may be called more than once. */
    @Override
    public void close() {
      lock.lock();
      try {
        shrink(held);
        arriving.remove(this);
        drop = null;
        closed = true;
      } finally {
        lock.unlock();
      }
    }
  }
}
