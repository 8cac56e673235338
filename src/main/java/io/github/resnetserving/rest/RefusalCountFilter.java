package io.github.resnetserving.rest;

import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.InferenceListener;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.rest.problem.ProblemType;
import io.github.resnetserving.rest.request.RequestContext;
import io.github.resnetserving.telemetry.ServingMetrics;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Counts requests for inference that are refused before inference hears of them, whoever refuses
 * them: all that it does hear of, it counts itself, on the thread of the request. Thread-safe.
 */
@Order(Ordered.HIGHEST_PRECEDENCE + 4)
final class RefusalCountFilter extends OncePerRequestFilter implements InferenceListener {

  private static final Pattern INFERENCE =
      Pattern.compile("/(classify|features|explain)|/v2/models/[^/]+(/versions/[^/]+)?/infer");

  private final ServingMetrics metrics;

  @SuppressWarnings("ThreadLocalUsage") // one a filter, and each request removes its own
  private final ThreadLocal<AtomicBoolean> counted = new ThreadLocal<>();

  RefusalCountFilter(ServingMetrics metrics) {
    this.metrics = metrics;
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return !request.getMethod().equals("POST")
        || !INFERENCE.matcher(request.getRequestURI()).matches();
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    AtomicBoolean isCounted = new AtomicBoolean();
    counted.set(isCounted);
    try {
      chain.doFilter(request, response);
    } finally {
      counted.remove();
      if (!isCounted.get() && response.getStatus() >= 400) {
        metrics.onTurnedAway(
            ProblemType.ofStatus(response.getStatus()).word(),
            System.nanoTime() - RequestContext.of(request).arrivalNanos());
      }
    }
  }

  @Override
  public void onAnswered(ModelSpec model, Answer.Answered<?> answer) {
    count();
  }

  @Override
  public void onRefused(Failure failure, long totalNanos) {
    count();
  }

  /** Threads of a stream's lines have no request: its first line is on the request's own. */
  private void count() {
    AtomicBoolean isCounted = counted.get();
    if (isCounted != null) {
      isCounted.set(true);
    }
  }
}
