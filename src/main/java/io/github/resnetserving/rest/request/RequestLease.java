package io.github.resnetserving.rest.request;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.inference.InferenceRequest.AnswerRoom;
import jakarta.servlet.ServletRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one request holds of the bytes in flight: its body, what is parsed and decoded from it, and
 * its answer until it is written. Memory is taken here before it is allocated. The outermost filter
 * opens the lease with the request and closes it however the request ends. Thread-safe.
 *
 * <p>It is held on behalf of the connection and, where access was granted to a key, of that key:
 * neither may have more than {@link Budget#share()}.
 */
public final class RequestLease implements AnswerRoom, AutoCloseable {

  /** A request attribute: the name of the API key that the request was let in with, a string. */
  public static final String KEY_ATTRIBUTE = "io.github.resnetserving.auth.key";

  private static final String ATTRIBUTE = RequestLease.class.getName();

  private final ServletRequest request;
  private final Budget budget;
  private final List<Budget.Lease> leases = new ArrayList<>(); // guarded by this
  private Budget.@Nullable Lease whole; // guarded by this
  private boolean closed; // guarded by this

  private RequestLease(ServletRequest request, Budget budget) {
    this.request = request;
    this.budget = budget;
  }

  static RequestLease open(ServletRequest request, Budget budget) {
    RequestLease lease = new RequestLease(request, budget);
    request.setAttribute(ATTRIBUTE, lease);
    return lease;
  }

  /**
   * The request's lease.
   *
   * @throws IllegalStateException if the filter that opens it has not run
   */
  public static RequestLease of(ServletRequest request) {
    if (request.getAttribute(ATTRIBUTE) instanceof RequestLease lease) {
      return lease;
    }
    throw new IllegalStateException("the request has no lease: its filter has not run");
  }

  /**
   * Another lease on behalf of the same connection and key, for what is taken and given back apart
   * from the rest. It is closed with this one at the latest.
   */
  public synchronized Budget.Lease part() {
    Object[] holders =
        request.getAttribute(KEY_ATTRIBUTE) instanceof String key
            ? new Object[] {connection(), new Key(key)}
            : new Object[] {connection()};
    Budget.Lease lease = budget.open(holders);
    leases.add(lease);
    if (closed) {
      lease.close();
    }
    return lease;
  }

  /** The lease that everything is on which has none of its own. */
  synchronized Budget.Lease whole() {
    if (whole == null) {
      whole = part(); // only now: the access filter runs after the one that opened this
    }
    return whole;
  }

  /**
   * Takes so many bytes more.
   *
   * @throws RequestException 413 if one request never gets so many; 429 if they are not there now
   */
  public void take(long bytes) {
    take(whole(), bytes);
  }

  static void take(Budget.Lease lease, long bytes, Budget budget) {
    if (lease.tryGrow(bytes)) {
      return;
    }
    if (lease.isRevoked()) {
      throw RequestException.revoked();
    }
    throw bytes > budget.share() - lease.held() ? tooLarge(budget) : RequestException.noRoom();
  }

  private void take(Budget.Lease lease, long bytes) {
    take(lease, bytes, budget);
  }

  private static RequestException tooLarge(Budget budget) {
    return RequestException.tooLarge(
        "The request, with what is decoded from it, needs more than the %d bytes that one may have."
                .formatted(budget.share())
            + " Send smaller or fewer images, or each in a request of its own.");
  }

  @Override
  public boolean tryTakeAnswer(long bytes) {
    return tryTake(bytes);
  }

  /** Takes so many bytes more if they are there. */
  public boolean tryTake(long bytes) {
    return whole().tryGrow(bytes);
  }

  /** Gives back so many bytes of those that were taken here. */
  public void giveBack(long bytes) {
    whole().shrink(bytes);
  }

  /** The most that one request may have. */
  @Override
  public long most() {
    return budget.share();
  }

  /** Gives back everything and takes no more; may be called more than once. */
  @Override
  public synchronized void close() {
    closed = true;
    leases.forEach(Budget.Lease::close);
  }

  private Object connection() {
    return "connection " + request.getServletConnection().getConnectionId();
  }

  /** Tells a key from a connection. */
  private record Key(String name) {}
}
