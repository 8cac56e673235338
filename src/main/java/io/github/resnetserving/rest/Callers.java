package io.github.resnetserving.rest;

import io.github.resnetserving.auth.AccessPolicy.Caller;
import io.github.resnetserving.auth.AccessPolicy.Caller.Elsewhere;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.jspecify.annotations.Nullable;

/**
 * Judges where a request comes from by the socket's peer and by the headers as they arrived, before
 * anything applies forwarded ones. Every doubt counts against the request: a header can only take
 * the rights of a local program away, never give them.
 */
final class Callers {

  /** Beginnings of the names of headers that proxies add, in lower case. */
  private static final List<String> OF_PROXIES =
      List.of(
          "forwarded",
          "via",
          "max-forwards",
          "x-forwarded",
          "x-real-",
          "x-original-",
          "x-client-",
          "x-cluster-client-",
          "x-remote-",
          "x-proxy",
          "x-host",
          "x-scheme",
          "x-request-start",
          "x-envoy-",
          "x-amzn-",
          "x-azure-",
          "x-arr-",
          "x-appengine-",
          "x-cloud-trace-context",
          "x-google-",
          "x-vercel-",
          "x-nf-",
          "cdn-loop",
          "cf-",
          "client-ip",
          "true-client-ip",
          "fastly-",
          "fly-",
          "wl-proxy-",
          "proxy-");

  /** What browsers say of a page's own requests, and of those that a user typed. */
  private static final Set<String> OWN_SITE = Set.of("same-origin", "none");

  private static final Pattern AUTHORITY =
      Pattern.compile("(?<host>\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?");

  private static final Pattern DOTTED = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");

  private Callers() {}

  /**
   * Judges one request.
   *
   * @param peer the address of the socket's other end, null where it is not known
   * @param protocol as the request line has it, such as {@code HTTP/1.1}
   * @param headers all of them by their names in lower case
   */
  static Caller judge(
      @Nullable String peer, @Nullable String protocol, Map<String, List<String>> headers) {
    if (peer == null || !isLoopback(peer)) {
      return new Elsewhere("this request came from another machine");
    }
    for (String name : headers.keySet()) {
      if (OF_PROXIES.stream().anyMatch(name::startsWith)) {
        return new Elsewhere("the header %s shows that a proxy sent this request".formatted(name));
      }
    }
    if (!"HTTP/1.1".equals(protocol) && !"HTTP/2.0".equals(protocol)) {
      return new Elsewhere("proxies are what still speaks a protocol older than HTTP/1.1");
    }
    List<String> hosts = headers.getOrDefault("host", List.of());
    if (hosts.size() != 1 || !isLoopbackAuthority(hosts.getFirst())) {
      return new Elsewhere("the Host of this request is not localhost");
    }
    if (!isOwnPage(headers, hosts.getFirst())) {
      return new Elsewhere("this request came from a web page");
    }
    return new Caller.Local();
  }

  private static boolean isOwnPage(Map<String, List<String>> headers, String host) {
    return headers.getOrDefault("origin", List.of()).stream()
            .allMatch(origin ->
                origin.equalsIgnoreCase("http://" + host)
                    || origin.equalsIgnoreCase("https://" + host))
        && OWN_SITE.containsAll(headers.getOrDefault("sec-fetch-site", List.of()));
  }

  /** Whether a Host header names this machine by its loopback names alone; resolves nothing. */
  private static boolean isLoopbackAuthority(String authority) {
    Matcher matcher = AUTHORITY.matcher(authority);
    if (!matcher.matches()) {
      return false;
    }
    String host = matcher.group("host").toLowerCase(Locale.ROOT);
    if (host.startsWith("[")) {
      return isLoopback(host.substring(1, host.length() - 1));
    }
    return host.equals("localhost") || (DOTTED.matcher(host).matches() && isLoopback(host));
  }

  private static boolean isLoopback(String literal) {
    try {
      return InetAddress.ofLiteral(literal).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return false; // no address at all
    }
  }

  /**
   * Notes where a request comes from, as the first of the engine's valves: the one that applies
   * forwarded headers ({@code server.forward-headers-strategy: native}) removes them and replaces
   * the address, and filters run later still.
   */
  static final class Valve extends ValveBase {

    private static final String ATTRIBUTE = Caller.class.getName();

    Valve() {
      super(/* asyncSupported= */ true);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
      Map<String, List<String>> headers = new HashMap<>();
      for (String name : Collections.list(request.getHeaderNames())) {
        headers.put(name.toLowerCase(Locale.ROOT), Collections.list(request.getHeaders(name)));
      }
      request.setAttribute(
          ATTRIBUTE, Callers.judge(request.getPeerAddr(), request.getProtocol(), headers));
      getNext().invoke(request, response);
    }

    /** What the valve has noted; {@link Caller#UNKNOWN} where it has not run. */
    static Caller callerOf(HttpServletRequest request) {
      return request.getAttribute(ATTRIBUTE) instanceof Caller caller ? caller : Caller.UNKNOWN;
    }
  }
}
