package io.github.resnetserving.models.download;

import java.net.URI;
import java.util.Locale;

/** Addresses of files. */
final class Locations {

  private Locations() {}

  static boolean isHttp(URI address) {
    return address.getHost() != null
        && address.getScheme() != null
        && address.getScheme().matches("(?i)https?");
  }

  static boolean isSecure(URI address) {
    return "https".equalsIgnoreCase(address.getScheme());
  }

  /** Whether scheme, host and port are the same: what a credential is given to. */
  static boolean isSameOrigin(URI one, URI other) {
    return origin(one).equals(origin(other));
  }

  /** A file under a base address, whether that ends in a slash or not. */
  static URI child(URI base, String path) {
    String text = base.toString();
    return URI.create((text.endsWith("/") ? text : text + "/") + path);
  }

  /** Without query and user, which may hold secrets: for messages. */
  static String shown(URI address) {
    return origin(address) + (address.getRawPath() == null ? "" : address.getRawPath());
  }

  private static String origin(URI address) {
    String scheme = address.getScheme().toLowerCase(Locale.ROOT);
    int usual = scheme.equals("https") ? 443 : 80;
    int port = address.getPort() < 0 ? usual : address.getPort();
    String host = address.getHost().toLowerCase(Locale.ROOT);
    return port == usual ? scheme + "://" + host : scheme + "://" + host + ":" + port;
  }
}
