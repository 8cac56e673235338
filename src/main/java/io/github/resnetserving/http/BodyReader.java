package io.github.resnetserving.http;

import io.github.resnetserving.inference.Deadline;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import org.apache.coyote.BadRequestException;
import org.jspecify.annotations.Nullable;

/** Reads a body into memory, but no more than is allowed and no longer. Thread-safe. */
final class BodyReader {

  private static final int CHUNK = 1 << 16;

  private final int maxBytes;

  BodyReader(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Refuses a body whose declared length is too large, before any of it is read.
   *
   * @throws ProblemException 413
   */
  void checkLength(HttpServletRequest request) {
    if (request.getContentLengthLong() > maxBytes) {
      throw tooLarge();
    }
  }

  /**
   * Reads the whole body.
   *
   * @throws ProblemException 413 as soon as there is more than is allowed, 408 if it comes too
   *     slowly
   * @throws IOException the client has gone
   */
  byte[] read(HttpServletRequest request, Deadline deadline) throws IOException {
    checkLength(request);
    int declared = (int) request.getContentLengthLong(); // -1 if unknown
    ByteArrayOutputStream body = new ByteArrayOutputStream(declared < 0 ? CHUNK : declared);
    byte[] chunk = new byte[CHUNK];
    InputStream in = request.getInputStream();
    while (true) {
      int count = readChunk(in, chunk);
      if (count < 0) {
        return body.toByteArray();
      }
      if (body.size() + count > maxBytes) {
        throw tooLarge();
      }
      body.write(chunk, 0, count);
      if (deadline.atNanos() - System.nanoTime() <= 0) {
        throw tooSlow();
      }
    }
  }

  private static int readChunk(InputStream in, byte[] chunk) throws IOException {
    try {
      return in.read(chunk);
    } catch (BadRequestException e) {
      throw ProblemException.badRequest("The body's chunks are malformed.");
    } catch (IOException e) {
      if (isTimeout(e)) {
        throw tooSlow();
      }
      throw e;
    }
  }

  /** Whether a read, or a failure that it led to, ended because nothing came. */
  static boolean isTimeout(@Nullable Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException) {
        return true;
      }
    }
    return false;
  }

  ProblemException tooLarge() {
    return new ProblemException(
        ProblemType.TOO_LARGE,
        "The body is larger than %d bytes. Send smaller or fewer images.".formatted(maxBytes));
  }

  static ProblemException tooSlow() {
    return new ProblemException(
        ProblemType.REQUEST_TIMEOUT, "The body did not arrive in time. Send the request again.");
  }
}
