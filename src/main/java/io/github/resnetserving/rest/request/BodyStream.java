package io.github.resnetserving.rest.request;

import io.github.resnetserving.batch.NanoClock;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.apache.coyote.BadRequestException;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a body as they come, for no longer than they may. A read that finds nothing waits
 * until the deadline, the {@link Pace} or the server's own time-out ends it, whichever is first.
 * What goes wrong is told by its kind: {@link RequestException} for bytes that are late or
 * malformed, {@link ClientGoneException} for a client that went away. Used by one thread.
 */
final class BodyStream extends InputStream {

  private static final Duration UNLIMITED = Duration.ofDays(1);

  private final InputStream in;
  private final @Nullable Connection connection;
  private final Pace pace;
  private final NanoClock clock;
  private final FairTurn turn = new FairTurn();
  private boolean limited;
  private long startNanos;
  private long deadlineNanos;
  private long received; // since the start

  /**
   * Opens a body that may take as long as the server's own time-out allows, until {@link #begin}.
   */
  BodyStream(HttpServletRequest request, Pace pace, NanoClock clock) throws IOException {
    this(
        request.getInputStream(),
        request.getAttribute(Connection.ATTRIBUTE) instanceof Connection own ? own : null,
        pace,
        clock);
  }

  BodyStream(InputStream in, @Nullable Connection connection, Pace pace, NanoClock clock) {
    this.in = in;
    this.connection = connection;
    this.pace = pace;
    this.clock = clock;
  }

  /**
   * Lets the pace count from now on.
   *
   * @param received bytes that count as here already
   * @param deadlineNanos when the last byte must be here in any case
   */
  void begin(long received, long startNanos, long deadlineNanos) {
    this.limited = true;
    this.received = received;
    this.startNanos = startNanos;
    this.deadlineNanos = deadlineNanos;
  }

  /** Lets a read wait as long as the server's own time-out allows. */
  void idle() {
    limited = false;
    if (connection != null) {
      connection.limitReads(UNLIMITED);
    }
  }

  /** How many bytes can be read without waiting; 0 where that is not known. */
  int ready() throws IOException {
    int ready = in.available();
    return ready > 1 ? ready : 0; // 1 only means that there is something
  }

  @Override
  public int read() throws IOException {
    limit();
    try {
      int next = in.read();
      if (next >= 0) {
        received++;
        turn.moved(1);
      }
      return next;
    } catch (IOException e) {
      throw told(e);
    }
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    limit();
    try {
      int count = in.read(into, offset, length);
      received += Math.max(0, count);
      turn.moved(Math.max(0, count));
      return count;
    } catch (IOException e) {
      throw told(e);
    }
  }

  @Override
  public int available() throws IOException {
    return in.available();
  }

  private void limit() {
    if (!limited) {
      return;
    }
    long now = clock.nanoTime();
    long left = Math.min(deadlineNanos - now, pace.allowedNanos(received) - (now - startNanos));
    if (left <= 0) {
      throw RequestException.tooSlow();
    }
    if (connection != null) {
      connection.limitReads(Duration.ofNanos(left));
    }
  }

  private static IOException told(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException) {
        throw RequestException.tooSlow();
      }
    }
    if (e instanceof BadRequestException) {
      throw RequestException.malformed("The body's chunks are malformed.");
    }
    return new ClientGoneException(e);
  }

  /**
   * Lets other requests run in turn while a large body is read or a large answer is written. The
   * JVM takes no processor from a virtual thread that does not wait, and a client that sends or
   * reads fast enough never makes its thread wait: a few such clients would hold every carrier
   * thread. Used by one thread.
   */
  static final class FairTurn {

    /**
     * A turn is well under a millisecond of parsing or writing; most requests have a single one.
     */
    private static final int BYTES = 1 << 16;

    private int moved;

    /** Takes note of bytes that were read or written; where a turn is over, others run first. */
    @SuppressWarnings(
        "ThreadPriorityCheck") // a virtual thread: the JVM's own scheduler, in its order
    void moved(int bytes) {
      moved += bytes;
      if (moved >= BYTES) {
        moved = 0;
        Thread.yield();
      }
    }
  }
}
