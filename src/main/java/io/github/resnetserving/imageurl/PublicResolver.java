package io.github.resnetserving.imageurl;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.function.Predicate;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves a name when a connection to it is opened. The connection goes to the addresses that are
 * checked here, so that a name cannot mean another one a moment later. A name that means any
 * address that is not public is refused as a whole. Thread-safe.
 */
final class PublicResolver implements DnsResolver {

  /** A name that means an address behind this server. */
  static final class NotPublicException extends UnknownHostException {

    NotPublicException(String host) {
      super(host + " has an address that is not public");
    }
  }

  private final DnsResolver names;
  private final Predicate<InetAddress> allowed;

  PublicResolver(DnsResolver names, Predicate<InetAddress> allowed) {
    this.names = names;
    this.allowed = allowed;
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    InetAddress[] addresses = names.resolve(host);
    for (InetAddress address : addresses) {
      if (!allowed.test(address)) {
        throw new NotPublicException(host);
      }
    }
    return addresses;
  }

  @Override
  public String resolveCanonicalHostname(String host) throws UnknownHostException {
    return names.resolveCanonicalHostname(host);
  }
}
