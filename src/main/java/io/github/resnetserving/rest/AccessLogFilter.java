package io.github.resnetserving.rest;

import io.github.resnetserving.rest.request.RequestContext;
import io.github.resnetserving.rest.request.RequestLease;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * A line for each request, where the level of this class is DEBUG, with the name of the key that
 * the request was allowed by, and why it was refused if it was. It runs inside the filter that
 * begins traces, so that the line has the trace's id, and around those that refuse.
 */
@Order(Ordered.HIGHEST_PRECEDENCE + 3)
final class AccessLogFilter extends OncePerRequestFilter {

  private static final Logger LOG = LoggerFactory.getLogger(AccessLogFilter.class);

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return !LOG.isDebugEnabled();
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    try {
      chain.doFilter(request, response);
    } finally {
      long nanos = System.nanoTime() - RequestContext.of(request).arrivalNanos();
      Object key = request.getAttribute(RequestLease.KEY_ATTRIBUTE);
      String why = response.getStatus() < 400 ? null : RequestContext.refusal(request).orElse(null);
      LoggingEventBuilder line =
          LOG.atDebug()
              .setMessage(
                  "{} {} {} in {} ms" + (key == null ? "" : " by {}") + (why == null ? "" : ": {}"))
              .addArgument(request.getMethod())
              .addArgument(request.getRequestURI()) // as it came: its escapes keep line ends out
              .addArgument(response.getStatus())
              .addArgument(nanos / 1_000_000)
              .addKeyValue("method", request.getMethod())
              .addKeyValue("path", request.getRequestURI())
              .addKeyValue("status", response.getStatus())
              .addKeyValue("request_bytes", request.getContentLengthLong())
              .addKeyValue("duration_ms", nanos / 1e6);
      if (key != null) { // its name: the key itself is in no log
        line = line.addArgument(key).addKeyValue("key", key);
      }
      if (why != null) {
        line = line.addArgument(why).addKeyValue("reason", why);
      }
      line.log();
    }
  }
}
