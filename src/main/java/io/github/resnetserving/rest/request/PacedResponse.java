package io.github.resnetserving.rest.request;

import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.rest.request.BodyStream.FairTurn;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Gives a client up that does not read its answer: writing may wait for it as long as a body may
 * take, and a second more for each {@link Pace#bytesPerSecond()} bytes that it has read. Only
 * waiting in writes counts, so a stream may take as long as it likes.
 */
final class PacedResponse extends HttpServletResponseWrapper {

  private final @Nullable Connection connection;
  private final Pace pace;
  private final NanoClock clock;
  private @Nullable ServletOutputStream stream;

  PacedResponse(
      HttpServletRequest request, HttpServletResponse response, Pace pace, NanoClock clock) {
    super(response);
    this.connection =
        request.getAttribute(Connection.ATTRIBUTE) instanceof Connection own ? own : null;
    this.pace = pace;
    this.clock = clock;
  }

  @Override
  public ServletOutputStream getOutputStream() throws IOException {
    if (stream == null) {
      stream = new Paced(super.getOutputStream());
    }
    return stream;
  }

  @Override
  public void flushBuffer() throws IOException {
    getOutputStream().flush();
  }

  @FunctionalInterface
  private interface Write {

    void run() throws IOException;
  }

  private final class Paced extends ServletOutputStream {

    private final ServletOutputStream out;
    private final FairTurn turn = new FairTurn();
    private long written;
    private long waitedNanos;

    private Paced(ServletOutputStream out) {
      this.out = out;
    }

    private void timed(Write write) throws IOException {
      long before = clock.nanoTime();
      long left = pace.limit().toNanos() + pace.allowedAtRateNanos(written) - waitedNanos;
      if (left <= 0) {
        throw new ClientGoneException("the client does not read its answer fast enough");
      }
      if (connection != null) {
        connection.limitWrites(Duration.ofNanos(left));
      }
      try {
        write.run();
      } finally {
        waitedNanos += clock.nanoTime() - before;
      }
    }

    @Override
    public void write(int b) throws IOException {
      timed(() -> out.write(b));
      written++;
      turn.moved(1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      timed(() -> out.write(bytes, offset, length));
      written += length;
      turn.moved(length);
    }

    @Override
    public void flush() throws IOException {
      timed(out::flush);
    }

    @Override
    public void close() throws IOException {
      timed(out::close);
    }

    @Override
    public boolean isReady() {
      return out.isReady();
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      out.setWriteListener(listener);
    }
  }
}
