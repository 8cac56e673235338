package io.github.resnetserving.telemetry;

import io.micrometer.core.instrument.binder.grpc.GrpcServerObservationContext;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationPredicate;
import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelSpan;
import io.micrometer.tracing.propagation.Propagator;
import io.opentelemetry.api.trace.StatusCode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.observation.ServerRequestObservationContext;

/**
 * The span of a request over HTTP, by OpenTelemetry's semantic conventions for HTTP servers: their
 * names and attributes, and an error where the server failed. Metrics keep their own tags. Spans of
 * other requests are as Micrometer makes them. Thread-safe.
 */
public final class HttpTracing
    extends PropagatingReceiverTracingObservationHandler<ReceiverContext<?>> {

  /** Methods that the conventions know; another one could be any text. */
  private static final Set<String> METHODS =
      Set.of("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE");

  /** What the protocol's name has besides the version: 1.1, but 2 for HTTP/2.0. */
  private static final Pattern VERSION = Pattern.compile("^HTTP/|(?<=[2-9])\\.0$");

  private static final Pattern PROBES =
      Pattern.compile("/livez|/readyz|/v2/health/(live|ready)|.*/health(/[a-z/]*)?");

  public HttpTracing(Tracer tracer, Propagator propagator) {
    super(tracer, propagator);
  }

  /** Leaves out probes, which come every few seconds and say nothing of what is asked. */
  public static ObservationPredicate withoutProbes() {
    return (_, context) -> !isProbe(context);
  }

  private static boolean isProbe(Observation.Context context) {
    return switch (context) {
      case ServerRequestObservationContext http ->
          http.getCarrier() != null && PROBES.matcher(http.getCarrier().getRequestURI()).matches();
      case GrpcServerObservationContext grpc ->
          String.valueOf(grpc.getFullMethodName()).startsWith("grpc.health.");
      default -> false;
    };
  }

  @Override
  public void tagSpan(ReceiverContext<?> context, Span span) {
    if (context instanceof ServerRequestObservationContext http && http.getCarrier() != null) {
      tag(span, http.getCarrier(), http.getResponse(), http.getPathPattern(), http.getError());
      http.setContextualName(name(http.getCarrier(), http.getPathPattern()));
    } else {
      super.tagSpan(context, span);
    }
  }

  private static String name(HttpServletRequest request, @Nullable String route) {
    String method = METHODS.contains(request.getMethod()) ? request.getMethod() : "HTTP";
    return route == null || route.isEmpty() ? method : method + " " + route;
  }

  private static void tag(
      Span span,
      HttpServletRequest request,
      @Nullable HttpServletResponse response,
      @Nullable String route,
      @Nullable Throwable error) {
    boolean isKnown = METHODS.contains(request.getMethod());
    span.tag("http.request.method", isKnown ? request.getMethod() : "_OTHER");
    if (!isKnown) {
      span.tag("http.request.method_original", request.getMethod());
    }
    span.tag("url.path", request.getRequestURI());
    span.tag("url.scheme", request.getScheme());
    if (request.getQueryString() != null) {
      span.tag("url.query", request.getQueryString());
    }
    if (route != null && !route.isEmpty()) {
      span.tag("http.route", route);
    }
    span.tag("server.address", request.getServerName());
    span.tag("server.port", request.getServerPort());
    span.tag("client.address", request.getRemoteAddr());
    span.tag("network.protocol.version", VERSION.matcher(request.getProtocol()).replaceAll(""));
    String agent = request.getHeader("User-Agent");
    if (agent != null) {
      span.tag("user_agent.original", agent);
    }
    int status = response == null ? 0 : response.getStatus();
    if (status > 0) {
      span.tag("http.response.status_code", status);
    }
    if (status >= 500) {
      fail(span, Integer.toString(status));
    } else if (error != null) {
      fail(span, error.getClass().getName());
    }
  }

  /**
   * Marks what a span stands for as failed.
   *
   * @param type one of a small number of words
   */
  static void fail(Span span, String type) {
    span.tag("error.type", type);
    if (span instanceof OtelSpan) {
      var _ = OtelSpan.toOtel(span).setStatus(StatusCode.ERROR);
    }
  }
}
