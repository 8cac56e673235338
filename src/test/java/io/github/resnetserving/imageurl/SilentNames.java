package io.github.resnetserving.imageurl;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.client5.http.DnsResolver;

/**
 * A resolver that knows this machine and never answers for {@code silent.example} and names below
 * it.
 */
final class SilentNames implements DnsResolver {

  private final CountDownLatch release;
  private final Semaphore waiting;
  private final AtomicInteger now = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  SilentNames(CountDownLatch release) {
    this(release, new Semaphore(0));
  }

  /**
   * @param release ends the wait
   * @param waiting has a permit for each wait that has begun
   */
  SilentNames(CountDownLatch release, Semaphore waiting) {
    this.release = release;
    this.waiting = waiting;
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    if (!host.endsWith("silent.example")) {
      return new InetAddress[] {InetAddress.getLoopbackAddress()};
    }
    most.accumulateAndGet(now.incrementAndGet(), Math::max);
    waiting.release();
    try {
      release.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    now.decrementAndGet();
    throw new UnknownHostException(host);
  }

  @Override
  public String resolveCanonicalHostname(String host) {
    return host;
  }

  /** How many waited at the same time at most. */
  int most() {
    return most.get();
  }
}
