package io.github.resnetserving.models.download;

import io.github.resnetserving.models.download.HttpFailures.TransientFailure;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProxySelector;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpMessage;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server for a file and follows its redirects by hand, because a credential must not follow
 * them to another server. Call it on a virtual thread: there an interrupt ends a read. Not for
 * several threads at once.
 */
final class HttpFetcher implements AutoCloseable {

  private static final int MOST_REDIRECTS = 10;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  private final CloseableHttpClient client;
  private final Duration stall;

  HttpFetcher(RetryPolicy patience, ProxySelector proxies) {
    this.stall = patience.stall();
    this.client =
        HttpClients.custom()
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                            .setConnectTimeout(Timeout.of(patience.connect()))
                            .setSocketTimeout(Timeout.of(stall))
                            .build())
                    .build())
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setResponseTimeout(Timeout.of(stall))
                    .setProtocolUpgradeEnabled(false)
                    .build())
            .setProxySelector(proxies)
            .setUserAgent("resnet-serving")
            .disableRedirectHandling()
            .disableAutomaticRetries()
            .disableCookieManagement()
            .disableAuthCaching()
            .disableContentCompression()
            .build();
  }

  /**
   * Asks for a file.
   *
   * @param token shown to the address's own server only
   * @throws TransientFailure if no answer came
   * @throws FetchException if none can come
   */
  Response get(URI address, Map<String, String> headers, @Nullable String token)
      throws TransientFailure, FetchException, InterruptedException {
    List<HttpMessage> trusted = new ArrayList<>();
    URI next = address;
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      boolean own = Locations.isSameOrigin(address, next);
      HttpGet request = new HttpGet(next);
      request.setHeader("Accept-Encoding", "identity");
      headers.forEach(request::setHeader);
      if (own && token != null) {
        request.setHeader("Authorization", "Bearer " + token);
      }
      ClassicHttpResponse answer = send(next, request);
      if (own) {
        trusted.add(answer);
      }
      Response response = new Response(answer, next, trusted);
      if (!REDIRECTS.contains(response.status())) {
        return response;
      }
      response.close();
      next = target(next, response.header("Location").orElse(""));
    }
    throw FetchException.refused(
        "%s redirects more than %d times: check the address, or try another mirror"
            .formatted(Locations.shown(address), MOST_REDIRECTS));
  }

  private static URI target(URI from, String location) throws FetchException {
    URI target;
    try {
      target = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw FetchException.refused(
          "%s redirects to \"%s\", which is no address".formatted(Locations.shown(from), location),
          e);
    }
    if (location.isEmpty() || !Locations.isHttp(target)) {
      throw FetchException.refused(
          "%s redirects to \"%s\", which is no address".formatted(Locations.shown(from), location));
    }
    if (Locations.isSecure(from) && !Locations.isSecure(target)) {
      throw FetchException.refused(
          "%s redirects to %s, which is not encrypted: that is not followed"
              .formatted(Locations.shown(from), Locations.shown(target)));
    }
    return target;
  }

  private ClassicHttpResponse send(URI to, HttpGet request)
      throws TransientFailure, FetchException, InterruptedException {
    try {
      return client.executeOpen(HttpHost.create(to), request, null);
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException("the fetch was interrupted");
      }
      if (has(CertificateException.class, e)) {
        throw FetchException.refused(
            "the certificate of %s is not trusted (%s); behind a proxy that inspects traffic, name a"
                    .formatted(to.getHost(), e.getMessage())
                + " trust store with its certificate: -Djavax.net.ssl.trustStore=FILE",
            e);
      }
      throw new TransientFailure(failure(to.getHost(), e), e);
    }
  }

  private String failure(String host, IOException failure) {
    return switch (failure) {
      case UnknownHostException _ -> "the name %s is not known here".formatted(host);
      case ConnectTimeoutException _ -> "%s does not take connections".formatted(host);
      case ConnectException _ -> "%s cannot be reached".formatted(host);
      case SocketTimeoutException _ ->
          "%s did not answer for %s s".formatted(host, HttpFailures.seconds(stall));
      default -> "%s: %s".formatted(host, failure.getMessage());
    };
  }

  private static boolean has(Class<? extends Throwable> type, Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (type.isInstance(each)) {
        return true;
      }
    }
    return false;
  }

  /** Drops what is under way. */
  @Override
  public void close() {
    client.close(CloseMode.IMMEDIATE);
  }
}
