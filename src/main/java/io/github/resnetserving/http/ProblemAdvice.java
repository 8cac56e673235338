package io.github.resnetserving.http;

import io.github.resnetserving.rest.request.ClientGone;
import io.github.resnetserving.rest.request.Echo;
import io.github.resnetserving.rest.request.Refusal;
import io.github.resnetserving.rest.request.RequestException;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Turns whatever is thrown into a problem. */
@RestControllerAdvice
final class ProblemAdvice {

  private static final Logger LOG = LoggerFactory.getLogger(ProblemAdvice.class);

  @ExceptionHandler
  ResponseEntity<Object> onProblem(ProblemException e, HttpServletRequest request) {
    return Problems.answer(
        Problems.of(e.type(), e.detail(), request), Problems.retryAfter(e.retryAfter()));
  }

  @ExceptionHandler
  ResponseEntity<Object> onUnreadable(RequestException e, HttpServletRequest request) {
    ProblemException problem = ProblemException.of(e);
    HttpHeaders headers = Problems.retryAfter(problem.retryAfter());
    if (e.acceptEncoding() != null) {
      headers.set(HttpHeaders.ACCEPT_ENCODING, e.acceptEncoding());
    }
    if (e.isClosing()) {
      headers.set(HttpHeaders.CONNECTION, "close");
    }
    return Refusal.keep(
        request, Problems.answer(Problems.of(problem.type(), problem.detail(), request), headers));
  }

  @ExceptionHandler
  @Nullable ResponseEntity<Object> onAnything(Exception e, HttpServletRequest request) {
    if (ClientGone.isReasonOf(e)) {
      LOG.debug("the client has gone", e);
      return null;
    }
    if (e instanceof InterruptedException) { // only a shutdown interrupts a request
      Thread.currentThread().interrupt();
      return Problems.answer(
          Problems.of(ProblemType.NOT_READY, "The server is shutting down.", request),
          new HttpHeaders());
    }
    if (e instanceof ErrorResponse answer) {
      ProblemType type = ProblemType.ofStatus(answer.getStatusCode().value());
      return Problems.answer(
          Problems.of(type, detail(type, e, request), request), answer.getHeaders());
    }
    LOG.error("{} failed", request.getRequestURI(), e);
    return Problems.answer(
        Problems.of(ProblemType.INTERNAL, internal(), request), new HttpHeaders());
  }

  static String detail(ProblemType type) {
    return switch (type) {
      case NOT_FOUND -> "There is nothing at this path. /v3/api-docs describes what there is.";
      case METHOD_NOT_ALLOWED -> "This method is not allowed here.";
      case NOT_ACCEPTABLE -> "No answer of the type that Accept asks for can be given.";
      case INTERNAL -> internal();
      default -> "The request cannot be read.";
    };
  }

  private static String detail(ProblemType type, Exception e, HttpServletRequest request) {
    if (e instanceof HttpRequestMethodNotSupportedException unsupported
        && unsupported.getSupportedMethods() != null) {
      return "%s is not allowed here, only %s."
          .formatted(
              Echo.of(request.getMethod()), String.join(", ", unsupported.getSupportedMethods()));
    }
    return detail(type);
  }

  private static String internal() {
    return "A defect of the server. The request_id finds it in the log.";
  }
}
