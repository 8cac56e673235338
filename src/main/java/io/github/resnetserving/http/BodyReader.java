package io.github.resnetserving.http;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.inference.Deadline;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import org.apache.coyote.BadRequestException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a body into memory, but no more than is allowed, no longer, and no more than there is room
 * for. Thread-safe.
 */
final class BodyReader {

  private static final int CHUNK = 1 << 16;

  private final int maxBytes;
  private final Budget budget;

  BodyReader(int maxBytes, Budget budget) {
    this.maxBytes = maxBytes;
    this.budget = budget;
  }

  /**
   * Reads the whole body. Its share of the budget is held until the request's answer is done.
   *
   * @throws ProblemException 413 if there is more than is allowed: where the length is declared,
   *     before anything is read; 429 likewise if there is no room for it; 408 if it comes too
   *     slowly
   * @throws IOException the client has gone
   */
  byte[] read(HttpServletRequest request, Deadline deadline) throws IOException {
    long declared = request.getContentLengthLong(); // -1 if unknown
    if (declared > maxBytes) {
      throw tooLarge();
    }
    BodyLease lease = BodyLease.of(request, budget);
    InputStream in = request.getInputStream();
    return declared < 0
        ? readToEnd(in, lease, deadline)
        : readDeclared(in, (int) declared, lease, deadline);
  }

  private static byte[] readDeclared(InputStream in, int length, BodyLease lease, Deadline deadline)
      throws IOException {
    lease.take(length);
    byte[] body = new byte[length];
    if (fill(in, body, 0, deadline) < length) {
      throw ProblemException.badRequest("The body is shorter than its Content-Length.");
    }
    return body;
  }

  private byte[] readToEnd(InputStream in, BodyLease lease, Deadline deadline) throws IOException {
    byte[] body = {};
    int size = 0;
    while (size == body.length) {
      // Twice as much each time, so that little is copied; the share is taken before the memory.
      int more = Math.min(Math.max(size, CHUNK), maxBytes - size);
      if (more == 0) {
        if (read(in, new byte[1], 0) >= 0) {
          throw tooLarge();
        }
        return body;
      }
      lease.take(more);
      body = Arrays.copyOf(body, size + more);
      size = fill(in, body, size, deadline);
    }
    return Arrays.copyOf(body, size);
  }

  /** Reads until the array is full, or there is no more; returns how far it is full. */
  private static int fill(InputStream in, byte[] body, int from, Deadline deadline)
      throws IOException {
    int size = from;
    while (size < body.length) {
      if (deadline.atNanos() - System.nanoTime() <= 0) {
        throw tooSlow();
      }
      int count = read(in, body, size);
      if (count < 0) {
        return size;
      }
      size += count;
    }
    return size;
  }

  /**
   * Reads what there is, at least one byte.
   *
   * @return how many, or -1 at the end
   * @throws ProblemException if nothing comes, or nothing well-formed
   * @throws IOException the client has gone
   */
  static int read(InputStream in, byte[] body, int from) throws IOException {
    try {
      return in.read(body, from, body.length - from);
    } catch (BadRequestException e) {
      if (isTimeout(e)) { // between two chunks
        throw tooSlow();
      }
      throw ProblemException.badRequest("The body's chunks are malformed.");
    } catch (IOException e) {
      if (isTimeout(e)) {
        throw tooSlow();
      }
      throw e;
    }
  }

  /** Whether a read ended because nothing came. */
  private static boolean isTimeout(@Nullable Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException) {
        return true;
      }
    }
    return false;
  }

  private ProblemException tooLarge() {
    return new ProblemException(
        ProblemType.TOO_LARGE,
        "The body is larger than %d bytes. Send smaller or fewer images.".formatted(maxBytes));
  }

  private static ProblemException tooSlow() {
    return new ProblemException(
        ProblemType.REQUEST_TIMEOUT, "The body did not arrive in time. Send the request again.");
  }
}
