package io.github.resnetserving.rest.request;

import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.inference.Budget;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a body, one at a time. Their memory is taken as bytes arrive; while a line is
 * unfinished the budget can take it away, which ends the stream. Between lines the client may take
 * as long as the server's own time-out allows; a line that has begun must come at the {@link Pace}
 * of a body and within the deadline of its image. Used by one thread.
 */
public final class LineReader implements AutoCloseable {

  /** What is wrong with a line as such. */
  public enum Fault {
    /** It is longer than a body may be. */
    TOO_LONG,
    /** There is no room for it. */
    NO_ROOM
  }

  /**
   * A line; its bytes are valid until the next one is asked for.
   *
   * @param number from 1, counting blank lines too
   * @param startNanos when its first byte was here
   * @param fault null for a line that was read
   */
  @SuppressWarnings("ArrayRecordComponent") // a view of the buffer
  public record Line(
      long number, byte[] buffer, int offset, int length, long startNanos, @Nullable Fault fault) {}

  private static final int FIRST = 1 << 13;

  /** A buffer up to here is kept for the next line. */
  private static final int KEPT = 1 << 18;

  private static final byte[] NONE = {};

  private final BodyStream in;
  private final NanoClock clock;
  private final Budget.Lease lease;
  private final int maxLine;
  private final Duration limit;
  private final AtomicReference<byte @Nullable []> buffer = new AtomicReference<>(NONE);
  private int start; // of what has been read and not been given out
  private int end;
  private long number;
  private long startNanos; // of the line that is being read

  /**
   * Holds nothing yet.
   *
   * @param limit how long a line may take from its first byte, besides the pace of bodies
   * @throws RequestException 415 for a body with a content encoding
   */
  public LineReader(
      HttpServletRequest request, RequestLimits limits, Duration limit, NanoClock clock)
      throws IOException {
    this(
        new BodyStream(request, limits.pace(), clock),
        RequestLease.of(request).part(),
        limits.maxBodyBytes(),
        limit,
        clock);
    if (ContentEncoding.of(request) != ContentEncoding.IDENTITY) {
      throw RequestException.unsupportedEncoding(
          request.getHeader("Content-Encoding") + " of a stream of lines");
    }
  }

  LineReader(BodyStream in, Budget.Lease lease, int maxLine, Duration limit, NanoClock clock) {
    this.in = in;
    this.lease = lease;
    this.maxLine = maxLine;
    this.limit = limit;
    this.clock = clock;
  }

  /**
   * The next line that is not blank; null at the end.
   *
   * @throws RequestException if nothing comes in time, or the memory of a line that was still
   *     arriving went to other requests
   * @throws IOException the client has gone
   */
  public @Nullable Line next() throws IOException {
    while (true) {
      Line line = read();
      if (line == null || line.fault() != null || !isBlank(line)) {
        return line;
      }
    }
  }

  private @Nullable Line read() throws IOException {
    freeLarge();
    lease.arriving(() -> buffer.set(null));
    begin(end - start);
    int searched = start;
    while (true) {
      int lineEnd = indexOfLineEnd(bytes(), searched);
      if (lineEnd >= 0) {
        return line(lineEnd, lineEnd + 1);
      }
      searched = end;
      int next = in.read(); // waits; no frame holds the buffer meanwhile
      if (next < 0) { // the last line may lack its end
        return end > start ? line(end, end) : null;
      }
      if (end == start) {
        begin(1);
      }
      if (end == bytes().length) {
        Fault fault = makeRoom();
        if (fault != null) {
          return skip(fault, next);
        }
        searched = end;
      }
      add(next);
    }
  }

  /** Lets the line's time begin with its first byte. */
  private void begin(int here) {
    if (here == 0) {
      in.idle();
    } else {
      startNanos = clock.nanoTime();
      in.begin(here, startNanos, startNanos + limit.toNanos());
    }
  }

  private void add(int first) throws IOException {
    byte[] room = bytes();
    room[end++] = (byte) first;
    int ready = Math.min(in.ready(), room.length - end);
    if (ready > 0) {
      end += Math.max(0, in.read(room, end, ready));
    }
  }

  private byte[] bytes() {
    byte[] now = buffer.get();
    if (now == null) {
      throw RequestException.revoked();
    }
    return now;
  }

  private Line line(int lineEnd, int next) {
    byte[] now = bytes();
    if (!lease.arrived()) {
      throw RequestException.revoked();
    }
    Line line = new Line(++number, now, start, lineEnd - start, startNanos, null);
    start = next;
    return line;
  }

  private int indexOfLineEnd(byte[] now, int from) {
    for (int i = from; i < end; i++) {
      if (now[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  /** Moves what is unread to the front; where that is no gain, takes a larger buffer. */
  private @Nullable Fault makeRoom() {
    byte[] now = bytes();
    int length = end - start;
    if (start > 0) {
      System.arraycopy(now, start, now, 0, length);
      start = 0;
      end = length;
      return null;
    }
    int capacity = (int) Math.min(maxLine, Math.max(FIRST, 2L * length));
    if (capacity <= length) {
      return Fault.TOO_LONG;
    }
    if (!lease.tryGrow(capacity)) {
      if (lease.isRevoked()) {
        throw RequestException.revoked();
      }
      return Fault.NO_ROOM;
    }
    replace(now, Arrays.copyOf(now, capacity));
    return null;
  }

  private void replace(byte[] now, byte[] other) {
    if (!buffer.compareAndSet(now, other)) {
      throw RequestException.revoked();
    }
    lease.shrink(now.length);
  }

  /** Keeps no more than a usual line needs while the client may think. */
  private void freeLarge() {
    byte[] now = bytes();
    if (start == end) {
      start = 0;
      end = 0;
      if (now.length > KEPT) {
        replace(now, NONE);
      }
    }
  }

  /**
   * Reads over the rest of a line in pieces of a small buffer. One byte at a time, a line of
   * megabytes would take seconds of processor time.
   *
   * @throws RequestException if there is no room even for that
   */
  private Line skip(Fault fault, int first) throws IOException {
    replace(bytes(), NONE); // what was read of the line needs no memory any more
    int piece = Math.min(FIRST, maxLine); // the next line may begin in it
    if (!lease.tryGrow(piece)) {
      throw lease.isRevoked() ? RequestException.revoked() : RequestException.noRoom();
    }
    replace(NONE, new byte[piece]);
    start = 0;
    int next = first;
    int lineEnd = -1;
    while (lineEnd < 0 && next >= 0) {
      end = 0;
      add(next);
      lineEnd = indexOfLineEnd(bytes(), 0);
      if (lineEnd < 0) {
        next = in.read();
      }
    }
    start = lineEnd < 0 ? end : lineEnd + 1;
    return new Line(++number, NONE, 0, 0, startNanos, fault);
  }

  private static boolean isBlank(Line line) {
    for (int i = line.offset(); i < line.offset() + line.length(); i++) {
      if (!Character.isWhitespace(line.buffer()[i])) {
        return false;
      }
    }
    return true;
  }

  /** Gives the buffer's memory back. */
  @Override
  public void close() {
    buffer.set(NONE);
    lease.close();
  }
}
