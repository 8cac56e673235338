package io.github.resnetserving.models.download;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Proxies as the environment names them: {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code
 * NO_PROXY}, in capitals or not, by curl's rules; this machine itself is never asked through one.
 */
final class Proxies extends ProxySelector {

  private static final List<String> JAVA_PROPERTIES =
      List.of("https.proxyHost", "http.proxyHost", "java.net.useSystemProxies");

  private final @Nullable Proxy secure;
  private final @Nullable Proxy plain;
  private final List<String> direct;

  /** What the environment alone says. */
  Proxies(Map<String, String> environment) {
    this.secure = proxy("HTTPS_PROXY", environment);
    this.plain = proxy("HTTP_PROXY", environment);
    this.direct =
        Arrays.stream(value("NO_PROXY", environment).toLowerCase(Locale.ROOT).split(","))
            .map(String::strip)
            .filter(entry -> !entry.isEmpty())
            .toList();
  }

  /** Java's own properties where one is set, else the environment's variables. */
  static ProxySelector of(Map<String, String> environment) {
    boolean asked = JAVA_PROPERTIES.stream().anyMatch(name -> System.getProperty(name) != null);
    ProxySelector own = ProxySelector.getDefault();
    return asked && own != null ? own : new Proxies(environment);
  }

  private static @Nullable Proxy proxy(String name, Map<String, String> environment) {
    String value = value(name, environment);
    if (value.isEmpty()) {
      return null;
    }
    URI address = null;
    try {
      address = URI.create(value.contains("://") ? value : "http://" + value);
    } catch (IllegalArgumentException _) {
      // told below
    }
    if (address == null || address.getHost() == null || !"http".equals(address.getScheme())) {
      throw new IllegalArgumentException(
          name + " names no proxy: it must be http://HOST:PORT"); // it may hold a password
    }
    int port = address.getPort() < 0 ? 80 : address.getPort();
    return new Proxy(Proxy.Type.HTTP, new InetSocketAddress(address.getHost(), port));
  }

  private static String value(String name, Map<String, String> environment) {
    return Stream.of(name, name.toLowerCase(Locale.ROOT))
        .map(each -> environment.getOrDefault(each, "").strip())
        .filter(value -> !value.isEmpty())
        .findFirst()
        .orElse("");
  }

  @Override
  public List<Proxy> select(URI address) {
    Proxy proxy = Locations.isSecure(address) ? secure : plain;
    return List.of(proxy == null || isDirect(address) ? Proxy.NO_PROXY : proxy);
  }

  private boolean isDirect(URI address) {
    String host = address.getHost().toLowerCase(Locale.ROOT);
    if (host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]")) {
      return true;
    }
    String withPort = host + ":" + address.getPort();
    return direct.stream()
        .anyMatch(entry -> entry.equals("*") || matches(host, entry) || matches(withPort, entry));
  }

  /** The name itself, or one under it. */
  private static boolean matches(String host, String entry) {
    String name = entry.startsWith(".") ? entry.substring(1) : entry;
    return host.equals(name) || host.endsWith("." + name);
  }

  @Override
  public void connectFailed(URI address, SocketAddress proxy, IOException failure) {
    // The request fails as well, and tells.
  }
}
