package io.github.resnetserving.imageurl;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The hosts that images may be fetched from. Thread-safe.
 *
 * <p>An entry is a host, {@code images.example.com}; or all hosts below one, {@code *.example.com};
 * or either with a port, {@code images.example.com:8443}. Without one only the scheme's own port is
 * allowed.
 */
public final class AllowedHosts {

  private static final Pattern ENTRY =
      Pattern.compile("(\\*\\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?(:[0-9]{1,5})?");

  private final List<String> entries;

  /**
   * @throws IllegalArgumentException if an entry is none; the message names it
   */
  public AllowedHosts(List<String> entries) {
    this.entries = entries.stream().map(entry -> entry.toLowerCase(Locale.ROOT)).toList();
    for (String entry : this.entries) {
      if (!ENTRY.matcher(entry).matches()) {
        throw new IllegalArgumentException(
            "\"%s\" is no host: write images.example.com, *.example.com or images.example.com:8443"
                .formatted(entry));
      }
    }
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  /** Whether an address with a scheme and a host is on the list. */
  boolean allows(URI address) {
    String host = address.getHost().toLowerCase(Locale.ROOT);
    int port = address.getPort();
    int own = address.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    String suffix = port < 0 || port == own ? "" : ":" + port;
    return entries.stream().anyMatch(entry -> matches(entry, host, suffix));
  }

  private static boolean matches(String entry, String host, String port) {
    if (!entry.startsWith("*.")) {
      return entry.equals(host + port);
    }
    String below = entry.substring(1); // .example.com, perhaps with a port
    return (host + port).endsWith(below) && host.length() + port.length() > below.length();
  }
}
