package io.github.resnetserving.http;

import io.github.resnetserving.inference.Budget;
import jakarta.servlet.ServletRequest;
import java.time.Duration;

/**
 * The share of the budget of bodies that one request holds. It is taken before memory is, and given
 * back by the outermost filter when the answer is done, however the request ends. Used by the
 * request's thread.
 */
final class BodyLease {

  private static final String ATTRIBUTE = BodyLease.class.getName();

  /** Bodies in flight are answered in milliseconds to seconds, so there soon is room again. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final Budget budget;
  private long held;

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
      lease.budget.release(lease.held);
      lease.held = 0;
    }
  }

  /**
   * Takes so many bytes more.
   *
   * @throws ProblemException 429 if they are not there
   */
  void take(long bytes) {
    if (!budget.tryAcquire(bytes)) {
      throw noRoom();
    }
    held += bytes;
  }

  static ProblemException noRoom() {
    return ProblemException.overloaded(
        "The server holds as many bytes of requests as it can. Send the request again after the "
            + "time in Retry-After.",
        RETRY_AFTER);
  }
}
