package io.github.resnetserving.rest;

import io.github.resnetserving.rest.problem.ProblemType;
import io.github.resnetserving.rest.problem.Refusals;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Refuses requests whose URL is none after Spring has applied forwarded headers to it. The
 * container checks {@code Host}, but not what takes its place.
 */
final class ForwardedUrlFilter extends OncePerRequestFilter {

  private final Refusals refusals;

  public ForwardedUrlFilter(JsonMapper json) {
    this.refusals = new Refusals(json);
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (isPrefix(request.getContextPath()) && isUrl(request.getRequestURL().toString())) {
      chain.doFilter(request, response);
    } else {
      refusals.send(
          ProblemType.BAD_REQUEST,
          "The forwarded host, port or prefix makes no valid URL. Correct what the proxy sends.",
          request,
          response);
    }
  }

  private static boolean isPrefix(String path) {
    return path.isEmpty() || (path.startsWith("/") && !path.endsWith("/"));
  }

  private static boolean isUrl(String url) {
    try {
      return new URI(url).getHost() != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
