package io.github.resnetserving.rest;

import io.github.resnetserving.rest.problem.ProblemType;
import io.github.resnetserving.rest.problem.Refusals;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.CorsUtils;
import org.springframework.web.cors.DefaultCorsProcessor;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Lets pages of other origins ask by the rules of cross-origin resource sharing, and refuses the
 * rest with a problem. Runs before access is decided, since a browser's preflight carries no key.
 */
final class CrossOriginFilter extends OncePerRequestFilter {

  private static final Pattern ORIGIN = Pattern.compile("(?<scheme>https?)://(?<authority>[^/]+)");

  private final CorsConfiguration rules = new CorsConfiguration();
  private final DefaultCorsProcessor processor = new WordlessProcessor();
  private final Refusals refusals;

  /**
   * @param allowedOrigins such as {@code https://app.example.com}; {@code *} for all
   */
  public CrossOriginFilter(List<String> allowedOrigins, JsonMapper json) {
    this.refusals = new Refusals(json);
    rules.setAllowedOrigins(allowedOrigins);
    rules.setAllowedMethods(List.of("GET", "POST", "PUT", "DELETE"));
    rules.addAllowedHeader(CorsConfiguration.ALL);
    rules.setExposedHeaders(
        List.of("X-Request-Id", "Retry-After", "Server-Timing", "ETag", "Age", "Cache-Status"));
    rules.setMaxAge(Duration.ofHours(1));
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (isOwnPage(request)) {
      response.addHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
      chain.doFilter(request, response);
    } else if (!processor.processRequest(rules, request, response)) {
      refusals.send(
          ProblemType.FORBIDDEN,
          "Pages of this origin may not ask, or not with this method:"
              + " resnet.cors.allowed-origins names the origins that may.",
          request,
          response);
    } else if (!CorsUtils.isPreFlightRequest(request)) {
      chain.doFilter(request, response);
    }
  }

  /**
   * Whether a page of this server asks. Where a proxy ends TLS the scheme and the port of the
   * request are not the browser's, so that only the host can be compared, and where it rewrites
   * {@code Host} only the browser's own word counts, which no script can set.
   */
  private static boolean isOwnPage(HttpServletRequest request) {
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    return origin != null
        && ("same-origin".equals(request.getHeader("Sec-Fetch-Site"))
            || isSameHost(origin, request.getHeader(HttpHeaders.HOST)));
  }

  private static boolean isSameHost(String origin, @Nullable String host) {
    Matcher matcher = ORIGIN.matcher(origin.toLowerCase(Locale.ROOT));
    if (host == null || !matcher.matches()) {
      return false;
    }
    String ownPort = matcher.group("scheme").equals("https") ? ":443" : ":80";
    return withoutPort(matcher.group("authority"), ownPort)
        .equals(withoutPort(host.toLowerCase(Locale.ROOT), ownPort));
  }

  private static String withoutPort(String authority, String port) {
    return authority.endsWith(port)
        ? authority.substring(0, authority.length() - port.length())
        : authority;
  }

  /** Leaves the body of a refusal to the filter. */
  private static final class WordlessProcessor extends DefaultCorsProcessor {

    @Override
    protected void rejectRequest(ServerHttpResponse response) {}
  }
}
