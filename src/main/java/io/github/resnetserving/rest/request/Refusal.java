package io.github.resnetserving.rest.request;

import jakarta.servlet.ServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;

/**
 * The answer to a request that cannot be read. Tomcat ends a response of its own where reading
 * fails, and what is written then is lost; it is answered anew by the error page, which finds here
 * what the front door has said.
 */
public final class Refusal {

  private static final String ATTRIBUTE = Refusal.class.getName();

  private Refusal() {}

  /** Keeps an answer with its request, and returns it. */
  public static <T> ResponseEntity<T> keep(ServletRequest request, ResponseEntity<T> answer) {
    request.setAttribute(ATTRIBUTE, answer);
    return answer;
  }

  /** The answer that was kept with a request; null if there is none. */
  public static @Nullable ResponseEntity<?> of(ServletRequest request) {
    return request.getAttribute(ATTRIBUTE) instanceof ResponseEntity<?> answer ? answer : null;
  }
}
