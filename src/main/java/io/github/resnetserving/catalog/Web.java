package io.github.resnetserving.catalog;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server for a file and follows its redirects by hand, because a credential must not follow
 * them to another server.
 *
 * <p>HTTP/1.1, since one file at a time has nothing to multiplex. Not for several threads at once.
 */
final class Web implements AutoCloseable {

  private static final int MOST_REDIRECTS = 10;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  private final HttpClient client;
  private final Duration stall;

  Web(Patience patience, ProxySelector proxies) {
    this.stall = patience.stall();
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(patience.connect())
            .proxy(proxies)
            .build();
  }

  /**
   * Asks for a file.
   *
   * @param token shown to the address's own server only
   * @throws TransientFailure if no answer came
   * @throws FetchException if none can come
   */
  Reply get(URI address, Map<String, String> headers, @Nullable String token)
      throws TransientFailure, FetchException, InterruptedException {
    List<HttpHeaders> trusted = new ArrayList<>();
    URI next = address;
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      boolean own = Locations.isSameOrigin(address, next);
      HttpRequest.Builder request =
          HttpRequest.newBuilder(next)
              .header("User-Agent", "resnet-serving")
              .header("Accept-Encoding", "identity");
      headers.forEach(request::header);
      if (own && token != null) {
        request.header("Authorization", "Bearer " + token);
      }
      HttpResponse<ResponseBody> response = send(request.build());
      if (own) {
        trusted.add(response.headers());
      }
      if (!REDIRECTS.contains(response.statusCode())) {
        return new Reply(response.statusCode(), next, response.headers(), trusted, response.body());
      }
      response.body().close();
      next = target(next, response.headers());
    }
    throw FetchException.refused(
        "%s redirects more than %d times: check the address, or try another mirror"
            .formatted(Locations.shown(address), MOST_REDIRECTS));
  }

  private static URI target(URI from, HttpHeaders headers) throws FetchException {
    String location = headers.firstValue("Location").orElse("");
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

  private HttpResponse<ResponseBody> send(HttpRequest request)
      throws TransientFailure, FetchException, InterruptedException {
    CompletableFuture<HttpResponse<ResponseBody>> answer =
        client.sendAsync(request, info -> new ResponseBody());
    boolean answered = false;
    try {
      HttpResponse<ResponseBody> response = answer.get(stall.toNanos(), TimeUnit.NANOSECONDS);
      answered = true;
      return response;
    } catch (TimeoutException e) {
      throw new TransientFailure(
          "%s did not answer for %s s"
              .formatted(request.uri().getHost(), ResponseBody.seconds(stall)),
          e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (has(CertificateException.class, cause)) {
        throw FetchException.refused(
            "the certificate of %s is not trusted (%s); behind a proxy that inspects traffic, name a"
                    .formatted(request.uri().getHost(), cause.getMessage())
                + " trust store with its certificate: -Djavax.net.ssl.trustStore=FILE",
            cause);
      }
      throw new TransientFailure(failure(request.uri().getHost(), cause), cause);
    } finally {
      if (!answered) {
        answer.cancel(true);
      }
    }
  }

  /** The client's exceptions often have no message. */
  private static String failure(String host, Throwable cause) {
    if (has(UnresolvedAddressException.class, cause)) {
      return "the name %s is not known here".formatted(host);
    }
    if (cause instanceof HttpConnectTimeoutException) {
      return "%s does not take connections".formatted(host);
    }
    if (cause instanceof ConnectException) {
      return "%s cannot be reached".formatted(host);
    }
    String message = cause instanceof IOException ? cause.getMessage() : cause.toString();
    return "%s: %s".formatted(host, message == null ? cause.getClass().getSimpleName() : message);
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
    client.shutdownNow();
  }
}
