package io.github.resnetserving.rest;

import io.github.resnetserving.auth.ApiKey.Right;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.core.env.Environment;

/**
 * Knows which right a request needs. Only a path in its plain spelling can be open: one with
 * escapes, parameters, dots or doubled slashes is resolved differently by the container, which
 * normalises it, and by the dispatcher, which does not, so it needs the rights of both readings.
 */
final class AccessRules {

  /** Where nothing can be changed, and 405 tells more than a lack of rights. */
  private static final Pattern UNCHANGEABLE =
      Pattern.compile("/(classify|features|explain|models|v2(/[A-Za-z0-9_-]+)*)");

  private static final Pattern OPEN =
      Pattern.compile(
          "/(favicon\\.ico|livez|readyz)"
              + "|/(v3/api-docs|swagger-ui)([./].*)?"
              + "|/v2(/health/(live|ready))?");

  /** Management endpoints that show secrets or other clients' requests, where they are exposed. */
  private static final Pattern REVEALING =
      Pattern.compile(
          "/(configprops|env|heapdump|httpexchanges|logfile|sessions|threaddump)(/.*)?");

  /** Where models are loaded and unloaded, below the Open Inference Protocol. */
  private static final String CONTROL = "/repository/models/";

  private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

  private final String actuator; // empty for the root
  private final boolean openMetrics;

  /**
   * @param openMetrics whether metrics need no key
   * @param environment says below which path the management endpoints lie
   */
  AccessRules(boolean openMetrics, Environment environment) {
    String path =
        environment.getProperty("management.endpoints.web.base-path", "/actuator").strip();
    this.actuator = path.equals("/") ? "" : path;
    this.openMetrics = openMetrics;
  }

  /** The right that a request needs; none where every caller may. */
  Optional<Right> needed(HttpServletRequest request) {
    String path = normalized(request);
    return request.getRequestURI().equals(request.getContextPath() + path)
        ? plain(request.getMethod(), path)
        : Optional.of(unusual(request.getMethod(), request.getRequestURI(), path));
  }

  /** The path as the container has decoded and normalised it, without its parameters. */
  private static String normalized(HttpServletRequest request) {
    String info = request.getPathInfo();
    return info == null ? request.getServletPath() : request.getServletPath() + info;
  }

  private Optional<Right> plain(String method, String path) {
    if (WebPage.has(path) || OPEN.matcher(path).matches()) {
      return Optional.empty();
    }
    if (isBelowActuator(path)) {
      String endpoint = path.substring(actuator.length());
      if (endpoint.equals("/health")
          || endpoint.startsWith("/health/")
          || (openMetrics && endpoint.equals("/prometheus"))) {
        return Optional.empty();
      }
      boolean changesServer = !actuator.isEmpty() && !READING.contains(method);
      if (changesServer || REVEALING.matcher(endpoint).matches()) {
        return Optional.of(Right.ADMIN);
      }
    }
    return Optional.of(
        isControl(method, path) || (changes(method) && !UNCHANGEABLE.matcher(path).matches())
            ? Right.ADMIN
            : Right.INFER);
  }

  private Right unusual(String method, String uri, String path) {
    boolean mayBeActuator = uri.contains(actuator) || isBelowActuator(path);
    return changes(method)
            || isControl(method, path)
            || isControl(method, uri)
            || (!actuator.isEmpty() && mayBeActuator)
        ? Right.ADMIN
        : Right.INFER;
  }

  private static boolean isControl(String method, String path) {
    return method.equals("POST") && path.contains(CONTROL);
  }

  private boolean isBelowActuator(String path) {
    return path.equals(actuator) || path.startsWith(actuator + "/");
  }

  private static boolean changes(String method) {
    return method.equals("PUT") || method.equals("DELETE");
  }
}
