package io.github.resnetserving.models.download;

import io.github.resnetserving.models.download.FileSource.RemoteFile;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** What an answer means that brings no file: to try again, or to give up and do something else. */
final class HttpFailures {

  private static final int LONGEST_SAYING = 200;

  private HttpFailures() {}

  /** What to throw at an answer that brings no file. */
  static IOException of(Response reply, RemoteFile file, Instant now) {
    int status = reply.status();
    String answer = "%s answers %d%s".formatted(reply.from().getHost(), status, saying(reply));
    if (status == 408 || status == 429 || status >= 500) {
      return new TransientFailure(answer, retryAfter(reply, now));
    }
    String where = Locations.shown(reply.from());
    String advice =
        switch (status) {
          case 401, 403 ->
              file.onHub() ? hubAdvice(file) : "it does not give the file to everybody";
          case 407 -> "the proxy asks for a password, which is not supported";
          default -> "check the address";
        };
    return FetchException.refused(
        "%s for %s: %s; or bring the file by other means, and name it with --from"
            .formatted(answer, where, advice));
  }

  private static String hubAdvice(RemoteFile file) {
    return file.token() == null
        ? "there is no such repository, or it wants to know who asks: check the name, or set"
            + " HF_TOKEN to a token that may read it"
        : "the token in HF_TOKEN may not read it: check the name, accept the model's conditions on"
            + " its page, or take another token";
  }

  /** The hub's own words, in brackets. */
  private static String saying(Response reply) {
    String words = reply.header("X-Error-Message").orElse("").replaceAll("\\p{Cntrl}", " ").strip();
    if (words.isEmpty()) {
      return "";
    }
    return " (%s)".formatted(words.substring(0, Math.min(words.length(), LONGEST_SAYING)));
  }

  /** A time as messages tell it, such as {@code 30} or {@code 0.3}. */
  static String seconds(Duration duration) {
    double seconds = duration.toMillis() / 1000.0;
    return seconds == Math.rint(seconds) ? Long.toString((long) seconds) : Double.toString(seconds);
  }

  /** Seconds or a date; null if there is neither. */
  private static @Nullable Duration retryAfter(Response reply, Instant now) {
    String value = reply.header("Retry-After").orElse("").strip();
    if (value.matches("\\d{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(value));
    }
    try {
      Instant then = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration wait = Duration.between(now, then);
      return wait.isNegative() ? Duration.ZERO : wait;
    } catch (DateTimeParseException _) {
      return null;
    }
  }

  /** An attempt that failed where the next may succeed. */
  static final class TransientFailure extends IOException {

    private static final long serialVersionUID = 1;

    private final @Nullable Duration retryAfter;

    TransientFailure(String message, @Nullable Duration retryAfter) {
      super(message);
      this.retryAfter = retryAfter;
    }

    TransientFailure(String message, Throwable cause) {
      super(message, cause);
      this.retryAfter = null;
    }

    /** What the server asks to wait; null where it does not. */
    @Nullable Duration retryAfter() {
      return retryAfter;
    }
  }
}
