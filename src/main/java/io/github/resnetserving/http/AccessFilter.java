package io.github.resnetserving.http;

import io.github.resnetserving.access.AccessDecision;
import io.github.resnetserving.access.AccessSettings;
import io.github.resnetserving.access.ApiKeys;
import io.github.resnetserving.access.Right;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Lets only those in who may. Probes, documents and the page are open; everything else, also a path
 * that leads nowhere, needs a key where keys are configured.
 */
@Order(Ordered.HIGHEST_PRECEDENCE + 20)
final class AccessFilter extends OncePerRequestFilter {

  /** Where nothing can be changed, and whoever tries is told so instead of a lack of rights. */
  private static final Pattern UNCHANGEABLE =
      Pattern.compile("/(classify|features|explain|models|v2(/[A-Za-z0-9_-]+)*)");

  private static final Pattern OPEN =
      Pattern.compile(
          "/(favicon\\.ico|livez|readyz)"
              + "|/(v3/api-docs|swagger-ui|actuator/health)([./].*)?"
              + "|/v2(/health/(live|ready))?");

  private final ApiKeys keys;
  private final boolean openMetrics;
  private final JsonMapper json;

  AccessFilter(AccessSettings settings, JsonMapper json) {
    this.keys = settings.keys();
    this.openMetrics = settings.openMetrics();
    this.json = json;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Optional<Right> right = needed(request.getMethod(), request.getRequestURI());
    if (right.isEmpty()) {
      chain.doFilter(request, response);
      return;
    }
    String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
    switch (keys.decide(authorization, right.get(), isLocal(request))) {
      case AccessDecision.Granted() -> chain.doFilter(request, response);
      case AccessDecision.Unauthenticated(var detail) -> {
        response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        refuse(request, response, ProblemType.UNAUTHENTICATED, detail);
      }
      case AccessDecision.Forbidden(var detail) ->
          refuse(request, response, ProblemType.FORBIDDEN, detail);
    }
  }

  /** The right that a request needs; none where everyone may. */
  private Optional<Right> needed(String method, String path) {
    if (WebPage.has(path)
        || OPEN.matcher(path).matches()
        || (openMetrics && path.equals("/actuator/prometheus"))) {
      return Optional.empty();
    }
    boolean changes = method.equals("PUT") || method.equals("DELETE");
    return Optional.of(
        changes && !UNCHANGEABLE.matcher(path).matches() ? Right.ADMIN : Right.INFER);
  }

  /** A header of a proxy's means that somebody else asks. */
  private static boolean isLocal(HttpServletRequest request) {
    return request.getHeader("Forwarded") == null
        && request.getHeader("X-Forwarded-For") == null
        && InetAddress.ofLiteral(request.getRemoteAddr()).isLoopbackAddress();
  }

  private void refuse(
      HttpServletRequest request, HttpServletResponse response, ProblemType type, String detail)
      throws IOException {
    response.setStatus(type.status());
    Object answer;
    if (request.getRequestURI().startsWith("/v2/")) {
      response.setContentType(MediaType.APPLICATION_JSON_VALUE);
      answer = new ProtocolError(detail);
    } else {
      response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
      answer = Problems.of(type, detail, request);
    }
    response.getOutputStream().write(json.writeValueAsBytes(answer));
  }

  /** An error as the Open Inference Protocol has it. */
  private record ProtocolError(String error) {}
}
