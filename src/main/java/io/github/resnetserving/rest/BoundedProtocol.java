package io.github.resnetserving.rest;

import io.github.resnetserving.rest.request.Connection;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.coyote.Adapter;
import org.apache.coyote.Processor;
import org.apache.coyote.Request;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 with two time limits that Tomcat lacks: a request's line and headers must be here within
 * the connection time-out in all, however slowly they trickle; and a request can bound how long its
 * own reads and writes wait, by its {@link Connection}. Public because Tomcat makes it by its name.
 */
public final class BoundedProtocol extends Http11NioProtocol {

  /** Where a request has its connection; Tomcat's own notes have small numbers. */
  private static final int NOTE = 31;

  private final ScheduledThreadPoolExecutor closing;

  /** Called by Tomcat. */
  public BoundedProtocol() {
    this.closing =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("connection-closing").factory());
    this.closing.setRemoveOnCancelPolicy(true);
  }

  /** The connection of a request, if it came over this protocol. */
  static @Nullable Connection connection(Request request) {
    return request.getNote(NOTE) instanceof Bounded bounded ? bounded.next() : null;
  }

  @Override
  protected Processor createProcessor() {
    return new BoundedProcessor(this, getAdapter());
  }

  @Override
  public void destroy() throws Exception {
    closing.shutdownNow();
    super.destroy();
  }

  /** One for each connection that is being served. */
  private final class BoundedProcessor extends Http11Processor {

    private BoundedProcessor(AbstractHttp11Protocol<?> protocol, Adapter adapter) {
      super(protocol, adapter);
    }

    @Override
    public SocketState service(SocketWrapperBase<?> socket) throws IOException {
      if (isLate()) {
        return SocketState.CLOSED;
      }
      Bounded bounded = new Bounded(socket, getConnectionTimeout(), closing);
      getRequest().setNote(NOTE, bounded);
      try {
        return super.service(socket);
      } finally {
        getRequest().setNote(NOTE, null);
        bounded.next();
      }
    }

    /** Whether headers began to come, but too long ago; asked when more of them comes. */
    private boolean isLate() {
      long started = getRequest().getStartTimeNanos(); // -1 before the first byte
      long limit = TimeUnit.MILLISECONDS.toNanos(getConnectionTimeout());
      return started >= 0 && limit > 0 && System.nanoTime() - started > limit;
    }
  }

  /** The connection as its requests see it. */
  private static final class Bounded implements Connection {

    private final SocketWrapperBase<?> socket;
    private final ScheduledThreadPoolExecutor closing;
    private final long readTimeout;
    private final long writeTimeout;
    private volatile @Nullable Future<?> close;

    private Bounded(
        SocketWrapperBase<?> socket, long readTimeout, ScheduledThreadPoolExecutor closing) {
      this.socket = socket;
      this.closing = closing;
      this.readTimeout = readTimeout;
      this.writeTimeout = socket.getWriteTimeout();
    }

    /** The last request is done. */
    private Connection next() {
      Future<?> pending = close;
      if (pending != null) {
        pending.cancel(false);
        close = null;
        unlimited();
      }
      return this;
    }

    @Override
    public void limitReads(Duration limit) {
      socket.setReadTimeout(shorter(readTimeout, limit));
    }

    @Override
    public void limitWrites(Duration limit) {
      socket.setWriteTimeout(shorter(writeTimeout, limit));
    }

    /** A time-out that is not positive means none. */
    private static long shorter(long millis, Duration limit) {
      long other = Math.max(1, limit.toMillis());
      return millis > 0 ? Math.min(millis, other) : other;
    }

    @Override
    public void unlimited() {
      socket.setReadTimeout(readTimeout);
      socket.setWriteTimeout(writeTimeout);
    }

    @Override
    public void finishWithin(Duration limit) {
      limitReads(limit);
      close = closing.schedule(socket::close, limit.toMillis(), TimeUnit.MILLISECONDS);
    }
  }
}
