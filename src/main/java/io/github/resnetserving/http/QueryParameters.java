package io.github.resnetserving.http;

import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.rest.request.Echo;
import io.github.resnetserving.rest.request.RequestDeadline;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The parameters in a request's query string. The container's own look-up is not used: it would
 * also read the body.
 */
final class QueryParameters {

  private final Map<String, String> values;

  private QueryParameters(Map<String, String> values) {
    this.values = values;
  }

  /**
   * Reads the query string.
   *
   * @param allowed every name that may occur
   * @throws ProblemException if another name occurs, one occurs twice, or an escape is malformed
   */
  static QueryParameters of(HttpServletRequest request, List<String> allowed) {
    Map<String, String> values = new TreeMap<>();
    String query = request.getQueryString();
    if (query == null) {
      return new QueryParameters(values);
    }
    for (String pair : query.split("&", -1)) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String name = decode(equals < 0 ? pair : pair.substring(0, equals));
      String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
      if (!allowed.contains(name)) {
        throw ProblemException.badRequest(
            "There is no parameter %s here. Allowed: %s."
                .formatted(Echo.of(name), String.join(", ", allowed)));
      }
      if (values.put(name, value) != null) {
        throw ProblemException.badRequest("The parameter %s is given twice.".formatted(name));
      }
    }
    return new QueryParameters(values);
  }

  @Nullable String text(String name) {
    return values.get(name);
  }

  /** One of several words; the first is the default. */
  String oneOf(String name, List<String> allowed) {
    String value = values.get(name);
    if (value == null) {
      return allowed.getFirst();
    }
    if (!allowed.contains(value)) {
      throw wrong(name, value, String.join(" or ", allowed));
    }
    return value;
  }

  boolean flag(String name) {
    return oneOf(name, List.of("false", "true")).equals("true");
  }

  @Nullable Integer integer(String name) {
    String value = values.get(name);
    if (value == null) {
      return null;
    }
    try {
      return Integer.valueOf(value);
    } catch (NumberFormatException e) {
      throw wrong(name, value, "a whole number");
    }
  }

  /** The parameter deadline_ms, counted from the request's headers. */
  Deadline deadline(Duration unlessGiven, HttpServletRequest request) {
    Integer given = integer("deadline_ms");
    return RequestDeadline.of(
        RequestContext.of(request).arrivalNanos(),
        given == null ? null : given.longValue(),
        unlessGiven);
  }

  private static ProblemException wrong(String name, String value, String allowed) {
    return ProblemException.badRequest(
        "%s is %s: it must be %s."
            .formatted(name, value.isEmpty() ? "empty" : Echo.of(value), allowed));
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw ProblemException.badRequest("The query string has a malformed % escape.");
    }
  }
}
