package io.github.resnetserving.rest;

import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.rest.problem.Problem;
import io.github.resnetserving.rest.problem.ProblemException;
import io.github.resnetserving.rest.problem.ProblemType;
import io.github.resnetserving.rest.problem.Refusals;
import io.github.resnetserving.rest.request.RequestContext;
import io.github.resnetserving.rest.request.RequestDeadline;
import io.github.resnetserving.rest.request.RequestException;
import io.github.resnetserving.rest.request.RequestLimits;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.filter.ServerHttpObservationFilter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers 429 from a request's headers alone where its images would be too late: its body is not
 * read and no controller is looked for, so that an overloaded server spends its time on what it has
 * accepted. What the headers do not say counts in favour of the request, which is asked about again
 * when its images are there. Tomcat reads a refused body of up to server.tomcat.max-swallow-size,
 * so that the client gets the answer and keeps its connection.
 *
 * <p>It runs inside the filters that let requests in and log them, and also measures how long
 * answers take to be written.
 */
@Order(Ordered.HIGHEST_PRECEDENCE + 110)
final class OverloadFilter extends OncePerRequestFilter {

  private static final Map<String, Class<? extends ImageParameters>> PARAMETERS =
      Map.of(
          "/classify", ClassifyParameters.class,
          "/features", FeaturesParameters.class,
          "/explain", ExplainParameters.class);

  private static final Set<String> CACHED = Set.of("/classify", "/features");

  private static final Pattern INFER =
      Pattern.compile("/v2/models/(?<name>[^/%;]+)(?:/versions/(?<version>[^/%;]+))?/infer");

  /** What the headers of a request say. */
  private record Asked(
      String pattern,
      @Nullable String model,
      @Nullable String version,
      Deadline deadline,
      int bytes,
      boolean isIntermediate) {}

  private final InferenceService inference;
  private final RequestLimits limits;
  private final QueryBinder binder;
  private final Refusals refusals;

  OverloadFilter(
      InferenceService inference, RequestLimits limits, QueryBinder binder, JsonMapper json) {
    this.inference = inference;
    this.limits = limits;
    this.binder = binder;
    this.refusals = new Refusals(json);
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return !request.getMethod().equals("POST");
  }

  /** Only its body can tell whether a request is answered from the cache, and so takes no time. */
  private boolean mayBeCached(String path) {
    return inference.isCaching() && CACHED.contains(path);
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Asked asked = asked(request);
    Failure.Overloaded overload =
        asked == null
            ? null
            : inference.shed(
                asked.model, asked.version, asked.deadline, asked.bytes, asked.isIntermediate);
    if (asked != null && overload != null) {
      ServerHttpObservationFilter.findObservationContext(request)
          .ifPresent(observed -> observed.setPathPattern(asked.pattern));
      response.setHeader(HttpHeaders.RETRY_AFTER, Problem.seconds(overload.retryAfter()));
      refusals.send(ProblemType.OVERLOADED, overload.detail(), request, response);
      return;
    }
    chain.doFilter(request, response);
    ImageResponses.writingNanos(request).ifPresent(inference::written);
  }

  /** Null where something else decides: no images, a stream, or wrong parameters. */
  private @Nullable Asked asked(HttpServletRequest request) {
    String path = request.getRequestURI();
    Matcher infer = INFER.matcher(path);
    if (infer.matches()) {
      return infer(request, infer);
    }
    var type = PARAMETERS.get(path);
    if (type == null
        || mayBeCached(path)
        || ImageReader.isStream(request)
        || request.getContentLengthLong() > limits.maxBodyBytes()) {
      return null;
    }
    try {
      var asked = ImageRequest.of(request, binder.bind(request, type), limits);
      return new Asked(
          path,
          asked.parameters().model(),
          asked.parameters().version(),
          asked.deadline(),
          ImageReader.isOneImage(request) ? (int) Math.max(0, request.getContentLengthLong()) : 0,
          asked.parameters().isIntermediate());
    } catch (ProblemException | RequestException e) {
      return null; // the controller says what is wrong
    }
  }

  /** The deadline of a request of the Open Inference Protocol is in its body: the longest one. */
  private static Asked infer(HttpServletRequest request, Matcher infer) {
    String version = infer.group("version");
    return new Asked(
        version == null ? "/v2/models/{name}/infer" : "/v2/models/{name}/versions/{version}/infer",
        infer.group("name"),
        version,
        RequestDeadline.longest(RequestContext.of(request).arrivalNanos()),
        0,
        /* isIntermediate= */ false);
  }
}
