package io.github.resnetserving.catalog;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A response's body, piece by piece, each waited for no longer than is asked: the client's own
 * streams wait for ever. One piece is requested at a time, so at most one waits here.
 *
 * <p>The client's threads put, one thread takes.
 */
final class ResponseBody implements BodySubscriber<ResponseBody>, AutoCloseable {

  /** A piece, or the end, which may be a failure. */
  private record Event(@Nullable List<ByteBuffer> bytes, @Nullable Throwable failure) {}

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private Flow.@Nullable Subscription subscription; // guarded by this
  private boolean closed; // guarded by this

  @Override
  public CompletionStage<ResponseBody> getBody() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public synchronized void onSubscribe(Flow.Subscription given) {
    if (closed || subscription != null) {
      given.cancel();
      return;
    }
    subscription = given;
    given.request(1);
  }

  private synchronized void request() {
    if (subscription != null) {
      subscription.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> bytes) {
    events.add(new Event(bytes, null));
  }

  @Override
  public void onError(Throwable failure) {
    events.add(new Event(null, failure));
  }

  @Override
  public void onComplete() {
    events.add(new Event(null, null));
  }

  /**
   * The next bytes, or null at the end.
   *
   * @throws HttpTimeoutException if none come in time
   */
  @Nullable List<ByteBuffer> next(Duration stall) throws IOException, InterruptedException {
    Event event = events.poll(stall.toNanos(), TimeUnit.NANOSECONDS);
    if (event == null) {
      throw new HttpTimeoutException("no byte came for %s s".formatted(seconds(stall)));
    }
    if (event.failure() != null) {
      throw new IOException(event.failure().getMessage(), event.failure());
    }
    if (event.bytes() != null) {
      request();
    }
    return event.bytes();
  }

  static String seconds(Duration duration) {
    double seconds = duration.toMillis() / 1000.0;
    return seconds == Math.rint(seconds) ? Long.toString((long) seconds) : Double.toString(seconds);
  }

  /** Drops the rest, and the connection with it. */
  @Override
  public synchronized void close() {
    closed = true;
    if (subscription != null) {
      subscription.cancel();
    }
  }
}
