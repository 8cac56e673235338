package io.github.resnetserving.rest.request;

import io.github.resnetserving.batch.NanoClock;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Opens each request's lease before anything can take memory for it, and closes it when the answer
 * is written, however the request ends: the one place where that happens. Also bounds how slowly an
 * answer may be read, and how long the rest of a body that was not read may still come.
 */
@Order(Ordered.HIGHEST_PRECEDENCE + 1)
final class LeaseFilter extends OncePerRequestFilter {

  /**
   * How long a client that was answered before its body's end may go on sending. Closed at once,
   * the connection would be reset and the client might never see the answer.
   */
  private static final Duration LINGER = Duration.ofSeconds(2);

  private final RequestLimits limits;
  private final NanoClock clock;

  LeaseFilter(RequestLimits limits, NanoClock clock) {
    this.limits = limits;
    this.clock = clock;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    RequestLease lease = RequestLease.open(request, limits.bytes());
    try (lease) {
      chain.doFilter(request, new PacedResponse(request, response, limits.pace(), clock));
    } finally {
      if (request.getAttribute(Connection.ATTRIBUTE) instanceof Connection connection) {
        connection.unlimited();
        if (hasBody(request) && !request.getInputStream().isFinished()) {
          connection.finishWithin(LINGER);
        }
      }
    }
  }

  private static boolean hasBody(HttpServletRequest request) {
    return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
  }
}
