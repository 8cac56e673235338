package io.github.resnetserving.rest.request;

import jakarta.servlet.ServletRequest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;

/**
 * A request that cannot be read; the message says what is wrong and what to do. It carries no stack
 * trace, since it is never a defect of the server.
 */
public final class RequestException extends RuntimeException {

  /** What is wrong. */
  public enum Kind {
    /** The body or a parameter is malformed. HTTP status 400. */
    MALFORMED(400),
    /** The body did not arrive in time. HTTP status 408. */
    TOO_SLOW(408),
    /** The request needs more memory than one request may have. HTTP status 413. */
    TOO_LARGE(413),
    /** The body has a content encoding that is not read. HTTP status 415. */
    UNSUPPORTED_ENCODING(415),
    /** There is no room for the request now. HTTP status 429. */
    NO_ROOM(429);

    private final int status;

    Kind(int status) {
      this.status = status;
    }

    /** The HTTP status. */
    public int status() {
      return status;
    }
  }

  private static final String ANSWER = RequestException.class.getName() + ".answer";
  private static final int LONGEST_ECHO = 100;

  /** Bodies in flight are answered in milliseconds to seconds, so there soon is room again. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final Kind kind;
  private final boolean closing;

  private RequestException(Kind kind, String detail, boolean closing) {
    super(detail, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
    this.kind = kind;
    this.closing = closing;
  }

  /** The body or a parameter is malformed. */
  public static RequestException malformed(String detail) {
    return new RequestException(Kind.MALFORMED, detail, false);
  }

  static RequestException tooSlow() {
    return new RequestException(
        Kind.TOO_SLOW,
        "The body did not arrive in time, or too slowly. Send the request again.",
        true);
  }

  /** The request needs more memory than one request may have. */
  public static RequestException tooLarge(String detail) {
    return new RequestException(Kind.TOO_LARGE, detail, false);
  }

  static RequestException unsupportedEncoding(String encoding) {
    return new RequestException(
        Kind.UNSUPPORTED_ENCODING,
        "The content encoding %s is not read here. Send the body in gzip, in deflate or as it is."
            .formatted(echo(encoding)),
        false);
  }

  /** There is no room for another request now. */
  public static RequestException noRoom() {
    return new RequestException(
        Kind.NO_ROOM,
        "The server holds as many bytes of requests as it can. Send the request again after the "
            + "time in Retry-After.",
        false);
  }

  static RequestException revoked() {
    return new RequestException(
        Kind.NO_ROOM,
        "The server had to give the memory of this body, which was still arriving, to other"
            + " requests. Send the request again after the time in Retry-After, or a smaller one.",
        true);
  }

  /** What is wrong. */
  public Kind kind() {
    return kind;
  }

  /** The message, never null. */
  public String detail() {
    return String.valueOf(getMessage());
  }

  /** When to try again; null where that would not help. */
  public @Nullable Duration retryAfter() {
    return kind == Kind.NO_ROOM ? RETRY_AFTER : null;
  }

  /**
   * The headers that the answer needs: when to try again, which encodings are read (RFC 9110,
   * 15.5.16), and that the connection is closed where the body is not read on.
   */
  public HttpHeaders headers() {
    HttpHeaders headers = new HttpHeaders();
    if (kind == Kind.NO_ROOM) {
      headers.set(HttpHeaders.RETRY_AFTER, Long.toString(RETRY_AFTER.toSeconds()));
    }
    if (kind == Kind.UNSUPPORTED_ENCODING) {
      headers.set(HttpHeaders.ACCEPT_ENCODING, ContentEncoding.ACCEPTED);
    }
    if (closing) {
      headers.set(HttpHeaders.CONNECTION, "close");
    }
    return headers;
  }

  /**
   * Keeps the answer to a request that cannot be read, and returns it. Tomcat ends a response of
   * its own where reading fails, and what is written then is lost; it is answered anew by the error
   * page, which finds here what the front door has said.
   */
  public static <T> ResponseEntity<T> keep(ServletRequest request, ResponseEntity<T> answer) {
    request.setAttribute(ANSWER, answer);
    return answer;
  }

  /** The answer that was kept with a request; null if there is none. */
  public static @Nullable ResponseEntity<?> answerTo(ServletRequest request) {
    return request.getAttribute(ANSWER) instanceof ResponseEntity<?> answer ? answer : null;
  }

  /** Text of a client's in a message: it is repeated, but no more than a hundred characters. */
  public static String echo(String text) {
    if (text.length() <= LONGEST_ECHO) {
      return text;
    }
    boolean cutsPair = Character.isHighSurrogate(text.charAt(LONGEST_ECHO - 1));
    return text.substring(0, cutsPair ? LONGEST_ECHO - 1 : LONGEST_ECHO) + "…";
  }
}
