package io.github.resnetserving.rest.problem;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.rest.request.FormBody;
import io.github.resnetserving.rest.request.RequestContext;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/**
 * An RFC 9457 problem. Its methods are the one place where failures get their type and status.
 * Thread-safe.
 *
 * @param instance the path that was asked for
 * @param requestId finds the request in the log; null where no request could be read
 */
@Schema(name = "Problem", description = "What went wrong and what to do about it (RFC 9457)")
@JsonPropertyOrder({"type", "title", "status", "detail", "instance", "request_id"})
public record Problem(
    @JsonProperty("type") @Schema(example = "/problems/bad-request") String type,
    @JsonProperty("title") String title,
    @JsonProperty("status") int status,
    @JsonProperty("detail") String detail,
    @JsonProperty("instance") String instance,
    @JsonProperty("request_id") @Nullable String requestId) {

  private static final Logger LOG = LoggerFactory.getLogger(Problem.class);

  static ProblemType typeOf(Failure failure) {
    return switch (failure) {
      case Failure.BadImage bad ->
          switch (bad.reason()) {
            case UNSUPPORTED -> ProblemType.UNSUPPORTED_IMAGE;
            case UNREADABLE -> ProblemType.UNREADABLE_IMAGE;
            case TOO_MANY_PIXELS -> ProblemType.TOO_MANY_PIXELS;
            case TOO_COSTLY -> ProblemType.IMAGE_TOO_COSTLY;
          };
      case Failure.BadParameter _ -> ProblemType.BAD_REQUEST;
      case Failure.UnknownModel _ -> ProblemType.UNKNOWN_MODEL;
      case Failure.UnknownVersion _ -> ProblemType.UNKNOWN_VERSION;
      case Failure.UnknownHead _ -> ProblemType.UNKNOWN_HEAD;
      case Failure.UnusableHead _ -> ProblemType.UNUSABLE_HEAD;
      case Failure.Overloaded _, Failure.NoRoom _ -> ProblemType.OVERLOADED;
      case Failure.AnswerTooLarge _ -> ProblemType.TOO_LARGE;
      case Failure.NotReady _, Failure.Cancelled _ -> ProblemType.NOT_READY;
      case Failure.TimedOut _ -> ProblemType.DEADLINE_EXCEEDED;
      case Failure.EngineFailed _ -> ProblemType.INTERNAL;
    };
  }

  /** The problem of a failure; logs the cause where the answer must not tell it. */
  public static Problem of(Failure failure, HttpServletRequest request) {
    if (failure instanceof Failure.EngineFailed(var cause)) {
      LOG.error("{} failed", request.getRequestURI(), cause);
    }
    return of(typeOf(failure), failure.detail() + FormBody.hint(failure, request), request);
  }

  public static Problem of(ProblemType type, String detail, HttpServletRequest request) {
    return of(type, detail, request.getRequestURI(), request);
  }

  static Problem of(ProblemType type, String detail, String instance, HttpServletRequest request) {
    RequestContext.refused(request, detail);
    String id = RequestContext.of(request).id();
    return new Problem(type.uri(), type.title(), type.status(), detail, instance, id);
  }

  public static ResponseEntity<Object> answer(Failure failure, HttpServletRequest request) {
    return answer(of(failure, request), headers(failure));
  }

  private static HttpHeaders headers(Failure failure) {
    Duration retryAfter =
        switch (failure) {
          case Failure.Overloaded(var wait) -> wait;
          case Failure.NoRoom(var wait) -> wait;
          case Failure.NotReady notReady -> notReady.retryAfter();
          default -> null; // trying again would not help
        };
    return retryAfter(retryAfter);
  }

  /** The header that says when to try again, if there is such a time. */
  static HttpHeaders retryAfter(@Nullable Duration wait) {
    HttpHeaders headers = new HttpHeaders();
    if (wait != null) {
      headers.set(HttpHeaders.RETRY_AFTER, seconds(wait));
    }
    return headers;
  }

  public static ResponseEntity<Object> answer(Problem problem, HttpHeaders headers) {
    return ResponseEntity.status(problem.status())
        .headers(headers)
        .contentType(MediaType.APPLICATION_PROBLEM_JSON)
        .body(problem);
  }

  /** Whole seconds, rounded up, and never zero: that would invite the same answer again. */
  public static String seconds(Duration wait) {
    return Long.toString(Math.max(1, wait.plusNanos(999_999_999).toSeconds()));
  }
}
