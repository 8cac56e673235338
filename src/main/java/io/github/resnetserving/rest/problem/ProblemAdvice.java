package io.github.resnetserving.rest.problem;

import io.github.resnetserving.rest.request.ClientGoneException;
import io.github.resnetserving.rest.request.RequestException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Turns every exception into a problem, and with what it imports the container's errors too. */
@RestControllerAdvice
@Import(ProblemErrorController.class)
public final class ProblemAdvice {

  private static final Logger LOG = LoggerFactory.getLogger(ProblemAdvice.class);

  @ExceptionHandler
  @Nullable ResponseEntity<Object> onProblem(
      ProblemException e, HttpServletRequest request, HttpServletResponse response) {
    if (isUnderWay(response, e)) {
      return null;
    }
    return Problem.answer(
        Problem.of(e.type(), e.detail(), request), Problem.retryAfter(e.retryAfter()));
  }

  @ExceptionHandler
  @Nullable ResponseEntity<Object> onUnreadable(
      RequestException e, HttpServletRequest request, HttpServletResponse response) {
    ProblemException problem = ProblemException.of(e);
    ResponseEntity<Object> answer = // where the container takes over, it asks for this
        RequestException.keep(
            request,
            Problem.answer(Problem.of(problem.type(), problem.detail(), request), e.headers()));
    return isUnderWay(response, e) ? null : answer;
  }

  /** The container reads the query when a controller's parameter is first asked for. */
  @ExceptionHandler
  ResponseEntity<Object> onMalformedQuery(InvalidParameterException e, HttpServletRequest request) {
    LOG.debug("a malformed query", e);
    return Problem.answer(
        Problem.of(
            ProblemType.BAD_REQUEST,
            "The query string has a malformed % escape, or a parameter without a name.",
            request),
        new HttpHeaders());
  }

  @ExceptionHandler
  @Nullable ResponseEntity<Object> onAnything(
      Exception e, HttpServletRequest request, HttpServletResponse response) {
    if (ClientGoneException.isReasonOf(e)) {
      LOG.debug("the client has gone", e);
      return null;
    }
    if (e instanceof InterruptedException) { // a shutdown, or the end of a stream
      Thread.currentThread().interrupt();
      if (isUnderWay(response, e)) {
        return null;
      }
      return Problem.answer(
          Problem.of(ProblemType.NOT_READY, "The server is shutting down.", request),
          new HttpHeaders());
    }
    if (e instanceof ErrorResponse answer) {
      ProblemType type = ProblemType.ofStatus(answer.getStatusCode().value());
      return Problem.answer(
          Problem.of(type, detail(type, e, request), request), answer.getHeaders());
    }
    LOG.error("{} failed", request.getRequestURI(), e);
    if (isUnderWay(response, e)) {
      return null;
    }
    return Problem.answer(
        Problem.of(ProblemType.INTERNAL, detail(ProblemType.INTERNAL), request), new HttpHeaders());
  }

  /**
   * Whether the answer has begun to leave, so that no problem can take its place: its end is all
   * that tells the client. Else what the answer was to be is forgotten.
   */
  private static boolean isUnderWay(HttpServletResponse response, Exception e) {
    if (response.isCommitted()) {
      LOG.debug("an answer ends early: {}", e.toString());
      return true;
    }
    response.setContentType(null);
    return false;
  }

  static String detail(ProblemType type) {
    return switch (type) {
      case NOT_FOUND, NOT_ACCEPTABLE, INTERNAL -> type.example();
      case METHOD_NOT_ALLOWED -> "This method is not allowed here.";
      default -> "The request cannot be read.";
    };
  }

  private static String detail(ProblemType type, Exception e, HttpServletRequest request) {
    if (e instanceof HttpRequestMethodNotSupportedException unsupported
        && unsupported.getSupportedMethods() != null) {
      return "%s is not allowed here, only %s."
          .formatted(
              RequestException.echo(request.getMethod()),
              String.join(", ", unsupported.getSupportedMethods()));
    }
    return detail(type);
  }
}
