package io.github.resnetserving.rest.problem;

import io.github.resnetserving.rest.request.RequestContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.MediaType;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers requests that filters refuse before a controller sees them: with a problem, or below
 * {@code /v2} with an error as the Open Inference Protocol has it. Thread-safe.
 */
public final class Refusals {

  private final JsonMapper json;

  public Refusals(JsonMapper json) {
    this.json = json;
  }

  /** Writes the whole answer. */
  public void send(
      ProblemType type, String detail, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setStatus(type.status());
    Object answer;
    if (request.getRequestURI().startsWith("/v2/")) {
      response.setContentType(MediaType.APPLICATION_JSON_VALUE);
      RequestContext.refused(request, detail);
      answer = new ProtocolError(detail);
    } else {
      response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
      answer = Problem.of(type, detail, request);
    }
    byte[] body = json.writeValueAsBytes(answer);
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  private record ProtocolError(String error) {}
}
