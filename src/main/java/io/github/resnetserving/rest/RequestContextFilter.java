package io.github.resnetserving.rest;

import io.github.resnetserving.rest.request.RequestContext;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Gives each request its id and its time of arrival, before anything else looks at it, and takes
 * back what it holds when it is done. Every line that is logged for a request has its id, those of
 * failures as well: none leaves this filter.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class RequestContextFilter extends OncePerRequestFilter {

  private static final Logger LOG = LoggerFactory.getLogger(RequestContextFilter.class);
  private static final String MDC_KEY = "request_id";

  private final HttpConnections connections;

  RequestContextFilter(HttpConnections connections) {
    this.connections = connections;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    RequestContext context = RequestContext.begin(request.getHeader(RequestContext.HEADER));
    context.attachTo(request);
    response.setHeader(RequestContext.HEADER, context.id());
    if (connections.isDraining()) {
      response.setHeader(HttpHeaders.CONNECTION, "close"); // so that the client asks another server
    }
    MDC.put(MDC_KEY, context.id());
    try {
      chain.doFilter(request, response);
    } catch (ServletException | RuntimeException | Error e) {
      LOG.error("{} failed", request.getRequestURI(), e);
      if (!response.isCommitted()) {
        response.sendError(HttpServletResponse.SC_INTERNAL_SERVER_ERROR);
      }
    } finally {
      MDC.remove(MDC_KEY);
    }
  }
}
