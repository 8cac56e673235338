package io.github.resnetserving.rest.request;

import io.github.resnetserving.inference.Budget;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What has arrived of a body, in one array that grows as bytes arrive and that the budget can take
 * away meanwhile: the array is then free at once, although the thread that reads may still wait for
 * the next byte. For that reason nothing here is held by a frame of the reading thread while it
 * waits. Used by one thread, and dropped by any.
 */
final class Received {

  /** The first array; a connection alone costs more. */
  private static final int FIRST = 1 << 13;

  /** A body of known length has at most so many times the bytes that have arrived. */
  private static final int AHEAD = 4;

  private final Budget.Lease lease;
  private final Budget budget;
  private final int limit;
  private final boolean exact;
  private final AtomicReference<byte @Nullable []> array = new AtomicReference<>(new byte[0]);
  private int size;

  /**
   * @param limit bytes at most
   * @param exact whether so many are expected, and not fewer
   */
  Received(Budget.Lease lease, Budget budget, int limit, boolean exact) {
    this(lease, budget, limit, exact, () -> {});
  }

  /**
   * Likewise.
   *
   * @param dropped called when the budget takes the bytes away
   */
  Received(Budget.Lease lease, Budget budget, int limit, boolean exact, Runnable dropped) {
    this.lease = lease;
    this.budget = budget;
    this.limit = limit;
    this.exact = exact;
    lease.arriving(() -> {
      array.set(null);
      dropped.run();
    });
  }

  int size() {
    return size;
  }

  /** Whether no more fit. */
  boolean isFull() {
    return size == limit;
  }

  /**
   * Adds a byte that was read, and what else can be read without waiting.
   *
   * @throws RequestException if there is no room, or no longer
   */
  void add(int first, BodyStream in) throws IOException {
    int ready = Math.min(in.ready(), limit - size - 1);
    byte[] room = roomFor(1 + ready);
    room[size++] = (byte) first;
    if (ready > 0) {
      size += Math.max(0, in.read(room, size, ready));
    }
  }

  /** Adds bytes; no more than fit. */
  void add(byte[] bytes, int count) {
    byte[] room = roomFor(count);
    System.arraycopy(bytes, 0, room, size, count);
    size += count;
  }

  private byte[] roomFor(int more) {
    byte[] now = array.get();
    if (now == null) {
      throw RequestException.revoked();
    }
    int needed = size + more;
    return needed <= now.length ? now : copied(now, capacity(needed));
  }

  private int capacity(int needed) {
    long ahead = Math.max(FIRST, (long) needed * (exact ? AHEAD : 2));
    // The last step takes all, so that both arrays together have one and a half times the limit.
    return ahead >= limit / 2 ? limit : (int) Math.min(limit, ahead);
  }

  private byte[] copied(byte[] now, int capacity) {
    RequestLease.take(lease, capacity, budget);
    byte[] other = Arrays.copyOf(now, capacity); // or smaller
    if (!array.compareAndSet(now, other)) {
      throw RequestException.revoked();
    }
    lease.shrink(now.length);
    return other;
  }

  /**
   * Exactly the bytes that arrived, which stay on the lease. Nothing can be added afterwards.
   *
   * @throws RequestException if they were taken away
   */
  byte[] soFar() {
    byte[] all = array.get();
    if (all == null) {
      throw RequestException.revoked();
    }
    if (all.length == size) {
      return all;
    }
    return copied(all, size);
  }

  /**
   * Ends the arrival: the budget takes the bytes away no more.
   *
   * @throws RequestException if they were taken away before
   */
  void complete() {
    if (!lease.arrived()) {
      throw RequestException.revoked();
    }
    array.set(null);
  }
}
