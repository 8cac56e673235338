package io.github.resnetserving.rest;

import io.github.resnetserving.auth.AccessPolicy;
import io.github.resnetserving.auth.AccessProperties;
import io.github.resnetserving.auth.ApiKey.Right;
import io.github.resnetserving.rest.problem.ProblemType;
import io.github.resnetserving.rest.problem.Refusals;
import io.github.resnetserving.rest.request.RequestLease;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Refuses requests whose caller lacks the right that they need. Probes, documents and the page are
 * open; everything else, also a path that leads nowhere, needs a key where keys are configured.
 */
@Order(Ordered.HIGHEST_PRECEDENCE + 20)
final class AccessFilter extends OncePerRequestFilter {

  private final AccessPolicy policy;
  private final AccessRules rules;
  private final Refusals refusals;

  AccessFilter(
      AccessPolicy policy, AccessProperties access, Environment environment, JsonMapper json) {
    this.policy = policy;
    this.rules = new AccessRules(access.openMetrics(), environment);
    this.refusals = new Refusals(json);
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Optional<Right> right = rules.needed(request);
    if (right.isEmpty()) {
      chain.doFilter(request, response);
      return;
    }
    String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
    switch (policy.decide(authorization, right.get(), Callers.Valve.callerOf(request))) {
      case AccessPolicy.Decision.Granted(var key) -> {
        request.setAttribute(RequestLease.KEY_ATTRIBUTE, key);
        chain.doFilter(request, response);
      }
      case AccessPolicy.Decision.Unauthenticated(var detail) -> {
        response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        refusals.send(ProblemType.UNAUTHENTICATED, detail, request, response);
      }
      case AccessPolicy.Decision.Forbidden(var detail) ->
          refusals.send(ProblemType.FORBIDDEN, detail, request, response);
    }
  }
}
