package io.github.resnetserving.http;

import io.github.resnetserving.inference.Budget;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a body, one at a time, in a buffer that grows to the longest of them and no further
 * than is allowed. Used by one thread.
 */
final class LineReader implements AutoCloseable {

  /** What is wrong with a line as such. */
  enum Fault {
    TOO_LONG,
    NO_ROOM
  }

  /**
   * A line; its bytes are valid until the next one is asked for.
   *
   * @param number from 1, counting blank lines too
   * @param fault null for a line that was read
   */
  @SuppressWarnings("ArrayRecordComponent") // a view of the buffer
  record Line(long number, byte[] buffer, int offset, int length, @Nullable Fault fault) {}

  private static final int CHUNK = 1 << 16;

  private final InputStream in;
  private final int maxLine;
  private final Budget budget;
  private byte[] buffer;
  private int start; // of what has been read and not been given out
  private int end;
  private long number;

  /**
   * Takes room for short lines.
   *
   * @param maxLine bytes of a line at most, its end included
   * @throws ProblemException 429 if there is none
   */
  LineReader(InputStream in, int maxLine, Budget budget) {
    this.in = in;
    this.maxLine = maxLine;
    this.budget = budget;
    int first = Math.min(CHUNK, maxLine);
    if (!budget.tryAcquire(first)) {
      throw BodyLease.noRoom();
    }
    this.buffer = new byte[first];
  }

  /**
   * The next line that is not blank; null at the end.
   *
   * @throws ProblemException if nothing comes in time
   * @throws IOException the client has gone
   */
  @Nullable Line next() throws IOException {
    while (true) {
      Line line = read();
      if (line == null || line.fault() != null || !isBlank(line)) {
        return line;
      }
    }
  }

  private @Nullable Line read() throws IOException {
    int searched = start;
    while (true) {
      int lineEnd = indexOfLineEnd(searched);
      if (lineEnd >= 0) {
        return line(lineEnd, lineEnd + 1);
      }
      searched = end;
      if (end == buffer.length) {
        Fault fault = makeRoom();
        if (fault != null) {
          return skip(fault);
        }
        searched = end;
      }
      int count = BodyReader.read(in, buffer, end);
      if (count < 0) { // the last line may lack its end
        return end > start ? line(end, end) : null;
      }
      end += count;
    }
  }

  private Line line(int lineEnd, int next) {
    Line line = new Line(++number, buffer, start, lineEnd - start, null);
    start = next;
    return line;
  }

  private int indexOfLineEnd(int from) {
    for (int i = from; i < end; i++) {
      if (buffer[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  /** Moves what is unread to the front; where that is no gain, takes a larger buffer. */
  private @Nullable Fault makeRoom() {
    int length = end - start;
    if (start > 0) {
      System.arraycopy(buffer, start, buffer, 0, length);
      start = 0;
      end = length;
      return null;
    }
    int more = Math.min(length, maxLine - length);
    if (more <= 0) {
      return Fault.TOO_LONG;
    }
    if (!budget.tryAcquire(more)) {
      return Fault.NO_ROOM;
    }
    buffer = Arrays.copyOf(buffer, length + more);
    return null;
  }

  /** Reads over the rest of a line. */
  private Line skip(Fault fault) throws IOException {
    while (true) {
      start = 0;
      end = Math.max(0, BodyReader.read(in, buffer, 0));
      int lineEnd = indexOfLineEnd(0);
      if (end == 0 || lineEnd >= 0) {
        start = lineEnd + 1;
        return new Line(++number, buffer, 0, 0, fault);
      }
    }
  }

  private static boolean isBlank(Line line) {
    for (int i = line.offset(); i < line.offset() + line.length(); i++) {
      if (!Character.isWhitespace(line.buffer()[i])) {
        return false;
      }
    }
    return true;
  }

  /** Gives back the buffer's share of the budget. */
  @Override
  public void close() {
    budget.release(buffer.length);
    buffer = new byte[0];
    start = 0;
    end = 0;
  }
}
