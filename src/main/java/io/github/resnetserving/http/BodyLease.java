package io.github.resnetserving.http;

import io.github.resnetserving.inference.Budget;
import jakarta.servlet.ServletRequest;
import java.time.Duration;

/**
 * The share of the budget of bodies that one request holds. It is taken before memory is, and given
 * back by the outermost filter when the answer is done, however the request ends. Thread-safe.
 */
final class BodyLease {

  private static final String ATTRIBUTE = BodyLease.class.getName();

  /** Bodies in flight are answered in milliseconds to seconds, so there soon is room again. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final Budget budget;
  private long held; // guarded by this

  private BodyLease(Budget budget) {
    this.budget = budget;
  }

  /** The request's lease; there is one, whoever asks. */
  static BodyLease of(ServletRequest request, Budget budget) {
    if (request.getAttribute(ATTRIBUTE) instanceof BodyLease lease) {
      return lease;
    }
    BodyLease lease = new BodyLease(budget);
    request.setAttribute(ATTRIBUTE, lease);
    return lease;
  }

  /** Gives back whatever the request holds; may be called more than once. */
  static void end(ServletRequest request) {
    if (request.getAttribute(ATTRIBUTE) instanceof BodyLease lease) {
      lease.end();
    }
  }

  private synchronized void end() {
    budget.release(held);
    held = 0;
  }

  /**
   * Takes so many bytes more.
   *
   * @throws ProblemException 429 if they are not there
   */
  void take(long bytes) {
    if (!tryTake(bytes)) {
      throw noRoom();
    }
  }

  /** Takes so many bytes more if they are there. */
  synchronized boolean tryTake(long bytes) {
    boolean taken = budget.tryAcquire(bytes);
    if (taken) {
      held += bytes;
    }
    return taken;
  }

  static ProblemException noRoom() {
    return ProblemException.overloaded(
        "The server holds as many bytes of requests as it can. Send the request again after the "
            + "time in Retry-After.",
        RETRY_AFTER);
  }
}
