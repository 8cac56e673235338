package io.github.resnetserving.imageurl;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves names on threads of its own, and waits for an answer no longer than the request may
 * take: the system's resolver knows no deadline. There are few such threads, and while all of them
 * wait for a name server other names are refused at once, so that a silent one cannot pile up
 * threads. Thread-safe.
 */
final class TimedResolver implements DnsResolver, AutoCloseable {

  /** All threads wait for a name server. */
  static final class BusyException extends UnknownHostException {

    BusyException() {
      super("too many names are being resolved");
    }
  }

  private static final int THREADS = 16;
  private static final long KEEP_SECONDS = 10;

  private final DnsResolver names;
  private final LongSupplier leftNanos;
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          0,
          THREADS,
          KEEP_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Thread.ofPlatform().daemon().name("resolver-", 0).factory());

  /**
   * @param leftNanos asked on the thread that resolves a name: how long it may take
   */
  TimedResolver(DnsResolver names, LongSupplier leftNanos) {
    this.names = names;
    this.leftNanos = leftNanos;
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    Future<InetAddress[]> resolving;
    try {
      resolving = threads.submit(() -> names.resolve(host));
    } catch (RejectedExecutionException e) {
      throw new BusyException();
    }
    try {
      return resolving.get(Math.max(0, leftNanos.getAsLong()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw failed("no name server answered in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("interrupted", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof UnknownHostException unknown
          ? unknown
          : failed("the name cannot be resolved", e);
    } finally {
      resolving.cancel(true);
    }
  }

  private static UnknownHostException failed(String why, Exception cause) {
    UnknownHostException failure = new UnknownHostException(why);
    failure.initCause(cause);
    return failure;
  }

  @Override
  public String resolveCanonicalHostname(String host) {
    return host; // not needed: no proxy or authentication asks for it
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
