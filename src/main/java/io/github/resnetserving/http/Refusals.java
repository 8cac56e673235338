package io.github.resnetserving.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.MediaType;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers requests that filters refuse before a controller sees them: with a problem, or below
 * {@code /v2} with an error as the Open Inference Protocol has it. Thread-safe.
 */
final class Refusals {

  private final JsonMapper json;

  Refusals(JsonMapper json) {
    this.json = json;
  }

  /** Writes the whole answer. */
  void send(
      ProblemType type, String detail, HttpServletRequest request, HttpServletResponse response)
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

  private record ProtocolError(String error) {}
}
