package io.github.resnetserving.imageurl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.resnetserving.imageurl.RemoteImages.RemoteException;
import io.github.resnetserving.imageurl.RemoteImages.RemoteException.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.apache.hc.client5.http.DnsResolver;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class RemoteImagesTest {

  private static final byte[] IMAGE = {1, 2, 3};

  private final List<String> resolved = new ArrayList<>();
  private final CountDownLatch release = new CountDownLatch(1);
  private HttpServer server;
  private int port;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    port = server.getAddress().getPort();
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    serve("/image", 200, null);
    serve("/missing", 404, null);
    serve("/moved", 302, "/image");
    serve("/round", 302, "/round");
    serve("/elsewhere", 302, "http://evil.example/image");
    serve("/inside", 302, "http://inside.example:" + port + "/image");
    server.createContext(
        "/slow",
        exchange -> {
          try {
            release.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });
    server.start();
  }

  private void serve(String path, int status, @Nullable String location) {
    server.createContext(
        path,
        exchange -> {
          if (location != null) {
            exchange.getResponseHeaders().set("Location", location);
          }
          exchange.sendResponseHeaders(status, IMAGE.length);
          exchange.getResponseBody().write(IMAGE);
          exchange.close();
        });
  }

  @AfterEach
  void stop() {
    release.countDown();
    server.stop(0);
  }

  @Test
  void aImageOfAnAllowedHostIsBrought() throws Exception {
    try (RemoteImages images = images()) {
      assertThat(fetch(images, "/image", 3)).containsExactly(1, 2, 3);
      assertThat(fetch(images, "/moved", 3)).containsExactly(1, 2, 3);
    }
  }

  /** The address that is checked is the one that is connected to: nobody asks again. */
  @Test
  void aNameIsResolvedOnceForEachConnection() throws Exception {
    try (RemoteImages images = images()) {
      assertThat(fetch(images, "/image", 3)).hasSize(3);
    }
    assertThat(resolved).containsExactly("images.example");
  }

  @Test
  void hostsThatAreNotOnTheListAreRefused() throws Exception {
    try (RemoteImages images = images()) {
      refused(images, "http://evil.example/image", Reason.NOT_ALLOWED, "evil.example is not on");
      refused(images, "http://images.example/x", Reason.NOT_ALLOWED, "images.example is not");
      refused(images, "http://127.0.0.1:" + port + "/", Reason.NOT_ALLOWED, "127.0.0.1:");
      refused(images, "file:///etc/passwd", Reason.NOT_ALLOWED, "file:///etc/passwd is not an");
      refused(images, "http://a@images.example/", Reason.NOT_ALLOWED, "http://a@images");
      refused(images, "not a url", Reason.NOT_ALLOWED, "not a url is not an address");
      refused(images, url("/elsewhere"), Reason.NOT_ALLOWED, "evil.example is not on");
    }
    assertThat(resolved).containsOnly("images.example");
  }

  @Test
  void namesOfAddressesBehindTheServerAreRefusedAndRedirectsToThemToo() throws Exception {
    try (RemoteImages images = images()) {
      String inside = "http://inside.example:" + port + "/image";
      refused(images, inside, Reason.NOT_ALLOWED, "inside.example has an address that is not");
      refused(images, url("/inside"), Reason.NOT_ALLOWED, "inside.example has an address");
    }
  }

  @Test
  void whatDoesNotComeIsUnreachable() throws Exception {
    try (RemoteImages images = images()) {
      refused(images, url("/missing"), Reason.UNREACHABLE, "The image could not be fetched from");
      refused(images, url("/round"), Reason.UNREACHABLE, "images.example:%d redirects more");
      refused(
          images,
          "http://unknown.example:%d/".formatted(port),
          Reason.UNREACHABLE,
          "The image could not be fetched from unknown.example");
      assertThatThrownBy(() ->
              images.fetch(url("/slow"), 3, System.nanoTime() + 100_000_000, new CountedRoom()))
          .hasMessageEndingWith("it did not answer in time.");
    }
  }

  @Test
  void bytesAreBounded() throws Exception {
    try (RemoteImages images = images()) {
      assertThatThrownBy(() -> fetch(images, "/image", 2))
          .isInstanceOfSatisfying(
              RemoteException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOO_LARGE));
      assertThatThrownBy(
              () -> images.fetch(url("/image"), 3, Long.MAX_VALUE / 2, new CountedRoom(0)))
          .isInstanceOfSatisfying(
              RemoteException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_ROOM));
    }
  }

  @Test
  void anEntryMayStandForAllHostsBelowOne() {
    AllowedHosts hosts = new AllowedHosts(List.of("*.example.com", "Exact.example:8443"));

    assertThat(hosts.allows(URI.create("https://a.b.example.com/x"))).isTrue();
    assertThat(hosts.allows(URI.create("https://a.example.com:443/x"))).isTrue();
    assertThat(hosts.allows(URI.create("https://example.com/x"))).isFalse();
    assertThat(hosts.allows(URI.create("https://badexample.com/x"))).isFalse();
    assertThat(hosts.allows(URI.create("https://a.example.com:444/x"))).isFalse();
    assertThat(hosts.allows(URI.create("https://exact.example:8443/x"))).isTrue();
    assertThat(hosts.allows(URI.create("https://exact.example/x"))).isFalse();
    assertThatThrownBy(() -> new AllowedHosts(List.of("https://a")))
        .hasMessageStartingWith("\"https://a\" is no host");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.31.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.19.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "::ffff:10.0.0.1",
        "::ffff:168.63.129.16",
        "::ffff:0:10.0.0.1",
        "::10.0.0.1",
        "::a9fe:a9fe",
        "64:ff9b::a00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::a00:1",
        "64:ff9b:1:ffff::1",
        "2606:4700::5efe:a00:1",
        "2606:4700::200:5efe:a00:1",
        "2606:4700:0:1:0:5efe:a9fe:a9fe",
        "2a00:1450:4001:81a:200:5efe:127.0.0.1",
        "fe80::5efe:10.0.0.1",
        "fd00:ec2::254",
        "fd20:ce::254",
        "5f00::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::",
        "fc00::1",
        "fe80::1",
        "fec0::1",
        "ff02::1"
      })
  void addressesOfNetworksBehindTheServerAreNotPublic(String address) throws Exception {
    assertThat(PublicAddresses.isPublic(InetAddress.getByName(address))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "172.32.0.1",
        "100.128.0.1",
        "168.63.129.15",
        "168.63.129.17",
        "2606:4700::1111",
        "2606:4700::5eff:a00:1",
        "2606:4700:0:5efe:a00:1::1",
        "2a00:1450::1"
      })
  void addressesOfTheInternetArePublic(String address) throws Exception {
    assertThat(PublicAddresses.isPublic(InetAddress.getByName(address))).isTrue();
  }

  /** Each stage of a fetch, as it never goes on; the server's own limit is ten minutes. */
  enum Stage {
    NAME,
    NAME_OF_A_REDIRECT,
    CONNECTION,
    HANDSHAKE,
    HEADERS,
    BODY,
    REDIRECT
  }

  @ParameterizedTest
  @EnumSource
  void everyStageKeepsTheDeadline(Stage stage) throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        SilentPeers peers = new SilentPeers(silent);
        RemoteImages images =
            new RemoteImages(
                new AllowedHosts(
                    List.of(
                        "*.example", "*.example:" + port, "*.example:" + silent.getLocalPort())),
                Duration.ofMinutes(10),
                new SilentNames(release),
                InetAddress::isLoopbackAddress)) {
      server.createContext(
          "/to-silent-name", exchange -> redirect(exchange, "http://silent.example/"));
      server.createContext("/to-slow", exchange -> redirect(exchange, "/slow"));
      String other = "silent-peer.example:" + silent.getLocalPort();
      String address =
          switch (stage) {
            case NAME -> "http://silent.example/image";
            case NAME_OF_A_REDIRECT -> url("/to-silent-name");
            case CONNECTION -> {
              peers.fillBacklog();
              yield "http://" + other + "/";
            }
            case HANDSHAKE -> {
              peers.accept("");
              yield "https://" + other + "/";
            }
            case HEADERS -> url("/slow");
            case BODY -> {
              peers.accept("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n1");
              yield "http://" + other + "/";
            }
            case REDIRECT -> url("/to-slow");
          };

      assertThatThrownBy(() ->
              images.fetch(
                  address,
                  3,
                  System.nanoTime() + Duration.ofMillis(300).toNanos(),
                  new CountedRoom()))
          .isInstanceOf(RemoteException.class)
          .hasMessageEndingWith("it did not answer in time.");
    }
  }

  private static void redirect(HttpExchange exchange, String location) throws IOException {
    exchange.getResponseHeaders().set("Location", location);
    exchange.sendResponseHeaders(302, -1);
    exchange.close();
  }

  @Test
  void aSilentNameServerHoldsFewThreadsAndOtherNamesAreRefusedMeanwhile() throws Exception {
    var waiting = new Semaphore(0);
    SilentNames names = new SilentNames(release, waiting);
    try (RemoteImages images =
            new RemoteImages(
                new AllowedHosts(List.of("*.example")),
                Duration.ofMinutes(10),
                names,
                InetAddress::isLoopbackAddress);
        ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor()) {
      long soon = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      List<Future<byte[]>> fetches = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        String address = "http://%d.silent.example/".formatted(i);
        fetches.add(requests.submit(() -> images.fetch(address, 3, soon, new CountedRoom())));
      }
      waiting.acquire(16);

      for (int i = 16; i < 66; i++) {
        String address = "http://%d.silent.example/".formatted(i);
        assertThatThrownBy(() -> images.fetch(address, 3, soon, new CountedRoom()))
            .hasMessageContaining("too many names are being resolved now");
      }

      release.countDown();
      for (Future<byte[]> fetch : fetches) {
        assertThatThrownBy(fetch::get).hasMessageContaining("it is not there");
      }
      assertThat(names.most()).isEqualTo(16);
    }
  }

  @Test
  void whatIsFetchedIsTakenBeforeItIsHeldAndNothingIsTakenTwice() throws Exception {
    var room = new CountedRoom();
    try (RemoteImages images = images()) {
      images.fetch(
          url("/image"), 1 << 20, System.nanoTime() + Duration.ofSeconds(20).toNanos(), room);
    }

    assertThat(room.held()).isEqualTo(IMAGE.length);
  }

  /** This machine stands for the Internet, under any name but one. */
  private RemoteImages images() {
    DnsResolver names =
        new DnsResolver() {
          @Override
          public InetAddress[] resolve(String host) throws UnknownHostException {
            synchronized (resolved) {
              resolved.add(host);
            }
            return switch (host) {
              case "images.example" -> new InetAddress[] {InetAddress.getLoopbackAddress()};
              case "inside.example" ->
                  new InetAddress[] {
                    InetAddress.getLoopbackAddress(), InetAddress.getByName("10.0.0.1")
                  };
              default -> throw new UnknownHostException(host);
            };
          }

          @Override
          public String resolveCanonicalHostname(String host) {
            return host;
          }
        };
    return new RemoteImages(
        new AllowedHosts(
            List.of("images.example:" + port, "inside.example:" + port, "unknown.example:" + port)),
        Duration.ofSeconds(10),
        names,
        address -> address.isLoopbackAddress());
  }

  private byte[] fetch(RemoteImages images, String path, int maxBytes) throws RemoteException {
    return images.fetch(
        url(path),
        maxBytes,
        System.nanoTime() + Duration.ofSeconds(20).toNanos(),
        new CountedRoom());
  }

  private String url(String path) {
    return "http://images.example:%d%s".formatted(port, path);
  }

  private void refused(RemoteImages images, String address, Reason reason, String message) {
    assertThatThrownBy(() ->
            images.fetch(
                address,
                3,
                System.nanoTime() + Duration.ofSeconds(20).toNanos(),
                new CountedRoom()))
        .isInstanceOfSatisfying(
            RemoteException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(reason);
              assertThat(e).hasMessageStartingWith(String.format(Locale.ROOT, message, port));
            });
  }
}
