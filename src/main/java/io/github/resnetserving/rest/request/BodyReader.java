package io.github.resnetserving.rest.request;

import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.inference.Deadline;
import jakarta.servlet.http.HttpServletRequest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads a body into memory, but no more than is allowed, no longer, and no more than there is room
 * for. Memory is taken as bytes arrive, also where a length is declared. Thread-safe.
 */
public final class BodyReader {

  private static final int CHUNK = 1 << 13;

  private final RequestLimits limits;
  private final NanoClock clock;

  BodyReader(RequestLimits limits, NanoClock clock) {
    this.limits = limits;
    this.clock = clock;
  }

  /**
   * Reads the whole body.
   *
   * @param deadline when the request's answer is wanted
   * @throws RequestException 413 if there is more than is allowed: where the length is declared,
   *     before anything is read; 429 if there is no room for it, or no longer; 408 if it comes too
   *     slowly; 400 or 415 if it is malformed
   * @throws IOException the client has gone
   */
  public Body read(HttpServletRequest request, Deadline deadline) throws IOException {
    long declared = request.getContentLengthLong(); // -1 if unknown
    int most = limits.maxBodyBytes();
    if (declared > most) {
      throw tooLarge();
    }
    ContentEncoding encoding = ContentEncoding.of(request);
    RequestLease lease = RequestLease.of(request);
    BodyStream in = open(request, deadline);
    boolean exact = declared >= 0 && encoding == ContentEncoding.IDENTITY;
    Received received =
        new Received(
            lease.whole(),
            limits.bytes(),
            exact ? (int) declared : limits.maxUnknownBytes(),
            exact);
    if (encoding == ContentEncoding.IDENTITY) {
      readAll(in, received);
      if (exact && received.size() < declared) {
        throw RequestException.malformed("The body is shorter than its Content-Length.");
      }
    } else {
      decodeAll(in, encoding, received);
    }
    byte[] bytes = received.soFar();
    received.complete();
    return new Body(bytes, lease);
  }

  /** The same for smaller bodies. */
  public BodyReader upTo(int maxBytes) {
    return new BodyReader(limits.upTo(maxBytes), clock);
  }

  RequestLimits limits() {
    return limits;
  }

  /**
   * The body as a stream without its content encoding, for parsers that keep parts of it only.
   *
   * @throws RequestException as {@link #read}, also from the stream
   */
  InputStream stream(HttpServletRequest request, Deadline deadline) throws IOException {
    if (request.getContentLengthLong() > limits.maxBodyBytes()) {
      throw tooLarge();
    }
    ContentEncoding encoding = ContentEncoding.of(request);
    return new Counted(encoding.decoded(open(request, deadline)));
  }

  /** Ends once there is more than is allowed. */
  private final class Counted extends FilterInputStream {

    private int left = limits.maxBodyBytes();

    private Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int next = in.read();
      count(next < 0 ? 0 : 1);
      return next;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int count = in.read(into, offset, length);
      count(Math.max(0, count));
      return count;
    }

    private void count(int more) {
      if (more > left) {
        throw tooLarge();
      }
      left -= more;
    }
  }

  private BodyStream open(HttpServletRequest request, Deadline deadline) throws IOException {
    BodyStream in = new BodyStream(request, limits.pace(), clock);
    in.begin(0, clock.nanoTime(), deadline.atNanos());
    return in;
  }

  private void readAll(BodyStream in, Received received) throws IOException {
    for (int next = in.read(); next >= 0; next = in.read()) {
      if (received.isFull()) {
        throw tooLarge(received.size());
      }
      received.add(next, in);
    }
  }

  private void decodeAll(BodyStream in, ContentEncoding encoding, Received received)
      throws IOException {
    try (InputStream decoded = encoding.decoded(in)) {
      byte[] chunk = new byte[CHUNK];
      for (int count = decoded.read(chunk); count >= 0; count = decoded.read(chunk)) {
        if (count > limits.maxUnknownBytes() - received.size()) {
          throw tooLarge(limits.maxUnknownBytes());
        }
        received.add(chunk, count);
      }
    } catch (IOException e) {
      throw told(e, "The body is not what its Content-Encoding says: it is corrupt or cut off.");
    }
  }

  /**
   * What a parser's failure means.
   *
   * @return if the client has gone
   * @throws RequestException otherwise, with the detail
   */
  static IOException told(IOException e, String detail) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ClientGoneException gone) {
        return gone;
      }
    }
    throw RequestException.malformed(detail);
  }

  private RequestException tooLarge() {
    return tooLarge(limits.maxBodyBytes());
  }

  /** Where a longer body could be read if its length were known, that is said, too. */
  RequestException tooLarge(int most) {
    return RequestException.tooLarge(
        "The body is larger than %d bytes. Send smaller or fewer images".formatted(most)
            + (most < limits.maxBodyBytes()
                ? ", or one image uncompressed with its Content-Length."
                : "."));
  }

  /**
   * A body that has arrived, on its request's lease. Used by the request's thread.
   *
   * <p>{@link #free} gives its memory back as soon as everything has been taken out of it, instead
   * of with the answer.
   */
  public static final class Body {

    private final RequestLease lease;
    private byte @Nullable [] bytes;

    Body(byte[] bytes, RequestLease lease) {
      this.bytes = bytes;
      this.lease = lease;
    }

    /**
     * The bytes; not copied.
     *
     * @throws NullPointerException once the body was freed
     */
    public byte[] bytes() {
      return Objects.requireNonNull(bytes);
    }

    /** Gives the bytes' room back; there must be no other reference to the array. */
    public void free() {
      if (bytes != null) {
        lease.giveBack(bytes.length);
        bytes = null;
      }
    }
  }
}
