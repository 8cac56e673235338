package io.github.resnetserving.imageurl;

import io.github.resnetserving.imageurl.RemoteImages.RemoteException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Brings images from hosts that are allowed. Redirects are followed by hand, since each goes
 * through the list again; cookies, credentials, proxies and content encodings are not used.
 * Thread-safe; calls block.
 */
public final class RemoteImages implements AutoCloseable {

  private static final int MOST_REDIRECTS = 3;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final int CHUNK = 1 << 14;

  private static final Step NO_ROOM =
      new Step.Failed(
          new RemoteException(
              Reason.NO_ROOM, "The server holds as many bytes of images as it can."));

  /** When the fetch that this thread is at must end, a reading of {@link System#nanoTime()}. */
  private final ScopedValue<Long> end = ScopedValue.newInstance();

  private final AllowedHosts hosts;
  private final Duration limit;
  private final TimedResolver names;
  private final CloseableHttpClient client;
  private final ScheduledThreadPoolExecutor deadlines;

  /**
   * @param limit how long one image may take, all redirects included
   */
  public RemoteImages(AllowedHosts hosts, Duration limit) {
    this(hosts, limit, SystemDefaultDnsResolver.INSTANCE, PublicAddresses::isPublic);
  }

  RemoteImages(
      AllowedHosts hosts, Duration limit, DnsResolver names, Predicate<InetAddress> allowed) {
    this.hosts = hosts;
    this.limit = limit;
    this.names = new TimedResolver(names, () -> end.orElse(System.nanoTime()) - System.nanoTime());
    this.client =
        HttpClients.custom()
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setDnsResolver(new PublicResolver(this.names, allowed))
                    .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                            .setConnectTimeout(Timeout.of(limit))
                            .setSocketTimeout(Timeout.of(limit))
                            .build())
                    .setMaxConnTotal(64)
                    .setMaxConnPerRoute(16)
                    .build())
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setConnectionRequestTimeout(Timeout.of(limit))
                    .setResponseTimeout(Timeout.of(limit))
                    .build())
            .setUserAgent("resnet-serving")
            .disableRedirectHandling()
            .disableAutomaticRetries()
            .disableCookieManagement()
            .disableAuthCaching()
            .disableContentCompression()
            .build();
    this.deadlines =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("remote-deadlines").factory());
    this.deadlines.setRemoveOnCancelPolicy(true);
  }

  /**
   * Brings an image's bytes.
   *
   * @param maxBytes no more than this
   * @param deadlineNanos a reading of {@link System#nanoTime()}; the configured limit may end it
   *     earlier
   * @param room where they take their memory from
   */
  public byte[] fetch(String address, int maxBytes, long deadlineNanos, Room room)
      throws RemoteException {
    long endNanos =
        Math.min(deadlineNanos - System.nanoTime(), limit.toNanos()) + System.nanoTime();
    URI next = checked(address, address);
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      HttpGet request = new HttpGet(next);
      Future<?> timer =
          deadlines.schedule(request::cancel, endNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
      try {
        URI from = next;
        Step step =
            ScopedValue.where(end, endNanos)
                .call(() ->
                    client.execute(request, response -> read(from, response, maxBytes, room)));
        switch (step) {
          case Step.Bytes(var bytes) -> {
            return bytes;
          }
          case Step.Redirect(var location) -> next = redirected(from, location);
          case Step.Failed(var failure) -> throw failure;
        }
      } catch (PublicResolver.NotPublicException e) {
        throw new RemoteException(
            Reason.NOT_ALLOWED, "%s has an address that is not public.".formatted(next.getHost()));
      } catch (IOException e) {
        throw unreachable(next, reason(e, endNanos));
      } finally {
        timer.cancel(false);
      }
    }
    throw new RemoteException(
        Reason.UNREACHABLE,
        "%s redirects more than %d times.".formatted(host(next), MOST_REDIRECTS));
  }

  private static String reason(IOException e, long endNanos) {
    if (e instanceof TimedResolver.BusyException) {
      return "too many names are being resolved now, try again later";
    }
    return System.nanoTime() - endNanos >= 0 ? "it did not answer in time" : "it is not there";
  }

  @SuppressWarnings("ArrayRecordComponent") // megabytes
  private sealed interface Step {

    record Bytes(byte[] bytes) implements Step {}

    record Redirect(String location) implements Step {}

    record Failed(RemoteException failure) implements Step {}
  }

  private static Step read(URI from, ClassicHttpResponse response, int maxBytes, Room room)
      throws IOException {
    int status = response.getCode();
    Header location = response.getFirstHeader("Location");
    if (REDIRECTS.contains(status) && location != null) {
      return new Step.Redirect(location.getValue());
    }
    HttpEntity entity = response.getEntity();
    if (status != 200 || entity == null) {
      return new Step.Failed(unreachable(from, "it answers with status " + status));
    }
    if (entity.getContentLength() > maxBytes) {
      return new Step.Failed(tooLarge(from, maxBytes));
    }
    try (InputStream in = entity.getContent()) {
      return read(from, in, maxBytes, room);
    }
  }

  private static Step read(URI from, InputStream in, int maxBytes, Room room) throws IOException {
    byte[] bytes = {};
    int size = 0;
    while (true) {
      if (size == bytes.length) {
        if (size == maxBytes) {
          return in.read() < 0 ? new Step.Bytes(bytes) : new Step.Failed(tooLarge(from, maxBytes));
        }
        int capacity = (int) Math.min(maxBytes, Math.max(2L * size, CHUNK));
        byte[] larger = resized(bytes, capacity, room);
        if (larger == null) {
          return NO_ROOM;
        }
        bytes = larger;
      }
      int count = in.read(bytes, size, bytes.length - size);
      if (count < 0) {
        byte[] all = resized(bytes, size, room);
        return all == null ? NO_ROOM : new Step.Bytes(all);
      }
      size += count;
    }
  }

  /** Both arrays are in memory for a moment. Null if there is no room. */
  private static byte @Nullable [] resized(byte[] bytes, int size, Room room) {
    if (bytes.length == size) {
      return bytes;
    }
    if (!room.tryTake(size)) {
      return null;
    }
    byte[] resized = Arrays.copyOf(bytes, size);
    room.giveBack(bytes.length);
    return resized;
  }

  private URI redirected(URI from, String location) throws RemoteException {
    String shown = "%s redirects to an address that".formatted(host(from));
    URI target;
    try {
      target = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new RemoteException(Reason.UNREACHABLE, shown + " is none.");
    }
    if ("https".equalsIgnoreCase(from.getScheme()) && "http".equalsIgnoreCase(target.getScheme())) {
      throw new RemoteException(Reason.NOT_ALLOWED, shown + " is not encrypted.");
    }
    return checked(target.toString(), shown);
  }

  /** The address, if it may be fetched. */
  private URI checked(String address, String shown) throws RemoteException {
    if (hosts.isEmpty()) {
      throw new RemoteException(
          Reason.NOT_ALLOWED, "This server fetches no URLs. Send the image's bytes in data.");
    }
    URI uri = parsed(address);
    if (uri == null) {
      throw new RemoteException(
          Reason.NOT_ALLOWED,
          "%s is not an address that is fetched: it must begin with https:// or http://, and have no user name."
              .formatted(bounded(shown)));
    }
    if (!hosts.allows(uri)) {
      throw new RemoteException(
          Reason.NOT_ALLOWED,
          "%s is not on this server's list of allowed hosts. Send the image's bytes in data."
              .formatted(host(uri)));
    }
    return uri;
  }

  private static @Nullable URI parsed(String address) {
    try {
      URI uri = new URI(address);
      String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      boolean web = scheme.equals("https") || scheme.equals("http");
      return web && uri.getHost() != null && uri.getRawUserInfo() == null ? uri : null;
    } catch (URISyntaxException e) {
      return null;
    }
  }

  /** What clients send is repeated, but not at any length. */
  private static String bounded(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }

  private static RemoteException unreachable(URI address, String why) {
    return new RemoteException(
        Reason.UNREACHABLE,
        "The image could not be fetched from %s: %s.".formatted(host(address), why));
  }

  private static RemoteException tooLarge(URI address, int maxBytes) {
    return new RemoteException(
        Reason.TOO_LARGE,
        "The image at %s is larger than %d bytes.".formatted(host(address), maxBytes));
  }

  private static String host(URI address) {
    String host = bounded(address.getHost());
    return address.getPort() < 0 ? host : host + ":" + address.getPort();
  }

  /** Drops what is under way. */
  @Override
  public void close() {
    deadlines.shutdownNow();
    client.close(CloseMode.IMMEDIATE);
    names.close();
  }

  /** Where an image that is fetched takes its memory from. Used by the thread that fetches. */
  public interface Room {

    /**
     * Takes so many bytes before they are allocated.
     *
     * @return whether they were there
     */
    boolean tryTake(long bytes);

    /** Gives back so many bytes of those that were taken. */
    void giveBack(long bytes);
  }

  /** Why an image was not fetched; the message is for the client that sent the address. */
  public static final class RemoteException extends Exception {

    /** What went wrong. */
    public enum Reason {
      /** The address is not one that may be fetched. */
      NOT_ALLOWED,
      /** It may be fetched, and nothing came, or not in time. */
      UNREACHABLE,
      /** There is more than is allowed. */
      TOO_LARGE,
      /** There is no room for the bytes now. */
      NO_ROOM
    }

    private final Reason reason;

    RemoteException(Reason reason, String message) {
      super(message, null, /* enableSuppression= */ false, /* writableStackTrace= */ false);
      this.reason = reason;
    }

    public Reason reason() {
      return reason;
    }
  }
}
