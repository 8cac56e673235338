package io.github.resnetserving.grpc;

import io.github.resnetserving.inference.Budget;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection and what its calls hold while their messages arrive: a single lease, so
 * that the connection that holds most is the one that gives way. Thread-safe.
 */
final class GrpcConnection {

  /**
   * What may come for refused calls before the refusal has left: two turns of reading. Beyond that
   * the client does not read what it is told.
   */
  private static final long MOST_UNWANTED = 256 << 10;

  private final Budget budget;
  private final Executor executor;
  private final Runnable closing;
  private final Set<Arrival> arriving = ConcurrentHashMap.newKeySet();
  private final AtomicLong unwanted = new AtomicLong();
  private Budget.@Nullable Lease lease; // guarded by this
  private boolean ended; // guarded by this

  /**
   * @param executor what refuses the calls of a revoked lease
   * @param closing closes the connection, without waiting
   */
  GrpcConnection(Budget budget, Executor executor, Runnable closing) {
    this.budget = budget;
    this.executor = executor;
    this.closing = closing;
  }

  /**
   * Begins to count a call among those that arrive.
   *
   * @return what it is to grow
   */
  synchronized Budget.Lease arriving(Arrival arrival) {
    arriving.add(arrival);
    if (lease == null || lease.isRevoked()) {
      lease = budget.open(this);
      if (!ended) {
        lease.arriving(() -> executor.execute(this::refuseRevoked));
      }
    }
    return lease;
  }

  /** The call's message is here, or it has ended. */
  void arrived(Arrival arrival) {
    arriving.remove(arrival);
  }

  private void refuseRevoked() {
    for (Arrival arrival : arriving) {
      arrival.refuseIfRevoked();
    }
  }

  /** Opens a lease for a call whose message is here. */
  Budget.Lease open(@Nullable String key) {
    return key == null ? budget.open(this) : budget.open(this, key);
  }

  /** So many bytes more came for refused calls, or so many fewer are kept. */
  void unwanted(long bytes) {
    if (unwanted.addAndGet(bytes) > MOST_UNWANTED) {
      close();
    }
  }

  /** Closes the connection and with it all of its calls. */
  void close() {
    closing.run();
  }

  /** The connection is closed: its calls end, each by itself. */
  synchronized void ended() {
    ended = true;
    if (lease != null) {
      var _ = lease.arrived();
    }
  }
}
