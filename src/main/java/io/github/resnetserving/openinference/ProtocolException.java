package io.github.resnetserving.openinference;

import io.github.resnetserving.grpc.GrpcRefusal;
import io.github.resnetserving.inference.Failure;
import io.grpc.Status;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request that has no answer; the message tells the client. Carries no stack trace. */
final class ProtocolException extends Exception {

  /** What HTTP and gRPC call it. */
  enum Kind {
    INVALID(400, Status.Code.INVALID_ARGUMENT),
    NOT_FOUND(404, Status.Code.NOT_FOUND),
    SLOW_BODY(408, Status.Code.DEADLINE_EXCEEDED),
    TOO_LARGE(413, Status.Code.RESOURCE_EXHAUSTED),
    UNSUPPORTED_IMAGE(415, Status.Code.INVALID_ARGUMENT),
    UNREADABLE_IMAGE(422, Status.Code.INVALID_ARGUMENT),
    OVERLOADED(429, Status.Code.RESOURCE_EXHAUSTED),
    DEFECT(500, Status.Code.INTERNAL),
    UNAVAILABLE(503, Status.Code.UNAVAILABLE),
    TIMED_OUT(504, Status.Code.DEADLINE_EXCEEDED),
    CANCELLED(503, Status.Code.CANCELLED);

    private final int httpStatus;
    private final Status.Code grpcCode;

    Kind(int httpStatus, Status.Code grpcCode) {
      this.httpStatus = httpStatus;
      this.grpcCode = grpcCode;
    }

    int httpStatus() {
      return httpStatus;
    }

    Status.Code grpcCode() {
      return grpcCode;
    }
  }

  /** Characters of a client's text that a message repeats at most. */
  private static final int LONGEST_ECHO = 80;

  private final Kind kind;
  private final @Nullable Duration retryAfter;

  ProtocolException(Kind kind, String detail) {
    this(kind, detail, null, null);
  }

  private ProtocolException(
      Kind kind, String detail, @Nullable Duration retryAfter, @Nullable Throwable cause) {
    super(detail, cause, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    this.kind = kind;
    this.retryAfter = retryAfter;
  }

  static ProtocolException invalid(String detail) {
    return new ProtocolException(Kind.INVALID, detail);
  }

  /** A client's text as a message may repeat it: its beginning, if it is long. */
  static String clipped(String text) {
    return text.length() <= LONGEST_ECHO ? text : text.substring(0, LONGEST_ECHO) + "…";
  }

  /** There is no room for another body now. */
  static ProtocolException noRoom() {
    return new ProtocolException(
        Kind.OVERLOADED,
        "The server holds as many bytes of requests as it can. Send the request again later.",
        Duration.ofSeconds(1),
        null);
  }

  /**
   * @param place what the detail is about, such as {@code "image 2: "}, or nothing
   */
  static ProtocolException of(Failure failure, String place) {
    String detail = place + failure.detail();
    return switch (failure) {
      case Failure.BadImage(var reason, _) ->
          new ProtocolException(
              reason == Failure.BadImage.Reason.UNSUPPORTED
                  ? Kind.UNSUPPORTED_IMAGE
                  : Kind.UNREADABLE_IMAGE,
              detail);
      case Failure.BadParameter _, Failure.UnusableHead _ -> invalid(detail);
      case Failure.UnknownModel _, Failure.UnknownVersion _, Failure.UnknownHead _ ->
          new ProtocolException(Kind.NOT_FOUND, detail);
      case Failure.Overloaded(var wait) ->
          new ProtocolException(Kind.OVERLOADED, detail, wait, null);
      case Failure.NoRoom(var wait) -> new ProtocolException(Kind.OVERLOADED, detail, wait, null);
      case Failure.AnswerTooLarge _ -> new ProtocolException(Kind.TOO_LARGE, detail);
      case Failure.NotReady notReady ->
          new ProtocolException(Kind.UNAVAILABLE, detail, notReady.retryAfter(), null);
      case Failure.TimedOut _ -> new ProtocolException(Kind.TIMED_OUT, detail);
      case Failure.EngineFailed(var cause) ->
          new ProtocolException(Kind.DEFECT, detail, null, cause);
      case Failure.Cancelled _ -> new ProtocolException(Kind.CANCELLED, detail);
    };
  }

  Kind kind() {
    return kind;
  }

  /** The same as gRPC says it. */
  GrpcRefusal refusal() {
    return new GrpcRefusal(kind.grpcCode(), detail(), retryAfter());
  }

  /** When to try again, at least a second from now; null where that would not help. */
  @Nullable Duration retryAfter() {
    if (retryAfter == null) {
      return null;
    }
    return Duration.ofSeconds(Math.max(1, retryAfter.plusNanos(999_999_999).toSeconds()));
  }

  String detail() {
    return String.valueOf(getMessage());
  }
}
