package io.github.resnetserving.http;

import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.rest.request.RequestException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
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

  private static final List<String> PARAMETERS =
      List.of(
          "model",
          "version",
          "deadline_ms",
          "crop",
          "top_k",
          "logits",
          "layer",
          "normalize",
          "dtype",
          "encoding",
          "class");

  private static final Pattern INFER =
      Pattern.compile("/v2/models/(?<name>[^/%;]+)(?:/versions/(?<version>[^/%;]+))?/infer");

  /** The deadline of a request of the Open Inference Protocol is in its body: the longest one. */
  private static final Duration LONGEST = Duration.ofHours(1);

  /** What the headers of a request say. */
  private record Asked(
      String pattern,
      @Nullable String model,
      @Nullable String version,
      Deadline deadline,
      int bytes,
      boolean inside) {}

  /** An error as the Open Inference Protocol has it. */
  private record ProtocolError(String error) {}

  private final InferenceService inference;
  private final HttpSettings settings;
  private final JsonMapper json;

  OverloadFilter(InferenceService inference, HttpSettings settings, JsonMapper json) {
    this.inference = inference;
    this.settings = settings;
    this.json = json;
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return !request.getMethod().equals("POST");
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Asked asked = asked(request);
    Failure.Overloaded refusal =
        asked == null
            ? null
            : inference.shed(asked.model, asked.version, asked.deadline, asked.bytes, asked.inside);
    if (asked != null && refusal != null) {
      refuse(request, response, refusal, asked.pattern);
      return;
    }
    chain.doFilter(request, response);
    AnswerWriting.nanos(request).ifPresent(inference::written);
  }

  /** Null where something else decides: no images, a stream, or wrong parameters. */
  private @Nullable Asked asked(HttpServletRequest request) {
    String path = request.getRequestURI();
    if (path.startsWith("/v2/")) {
      Matcher infer = INFER.matcher(path);
      return infer.matches() ? infer(request, infer) : null;
    }
    boolean explain = path.equals("/explain");
    if (!(explain || path.equals("/classify") || path.equals("/features"))
        || ImageBodies.isStream(request)
        || request.getContentLengthLong() > settings.maxBodyBytes()) {
      return null;
    }
    try {
      QueryParameters parameters = QueryParameters.of(request, PARAMETERS);
      String layer = parameters.text("layer");
      return new Asked(
          path,
          parameters.text("model"),
          parameters.text("version"),
          parameters.deadline(settings.deadline(), request),
          ImageBodies.isOneImage(request) ? (int) Math.max(0, request.getContentLengthLong()) : 0,
          explain || (layer != null && !layer.equals("pool")));
    } catch (ProblemException | RequestException e) {
      return null; // which the controller tells
    }
  }

  private static Asked infer(HttpServletRequest request, Matcher infer) {
    String version = infer.group("version");
    return new Asked(
        version == null ? "/v2/models/{name}/infer" : "/v2/models/{name}/versions/{version}/infer",
        infer.group("name"),
        version,
        new Deadline(RequestContext.of(request).arrivalNanos(), LONGEST),
        0,
        /* inside= */ false);
  }

  private void refuse(
      HttpServletRequest request,
      HttpServletResponse response,
      Failure.Overloaded refusal,
      String pattern)
      throws IOException {
    ServerHttpObservationFilter.findObservationContext(request)
        .ifPresent(observed -> observed.setPathPattern(pattern));
    boolean protocol = pattern.startsWith("/v2/");
    byte[] answer =
        json.writeValueAsBytes(
            protocol ? new ProtocolError(refusal.detail()) : Problems.of(refusal, request));
    response.setStatus(ProblemType.OVERLOADED.status());
    response.setHeader(HttpHeaders.RETRY_AFTER, Problems.seconds(refusal.retryAfter()));
    response.setContentType(
        protocol ? MediaType.APPLICATION_JSON_VALUE : MediaType.APPLICATION_PROBLEM_JSON_VALUE);
    response.setContentLength(answer.length);
    response.getOutputStream().write(answer);
  }
}
