package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.openinference.wire.GRPCInferenceServiceGrpc;
import io.github.resnetserving.openinference.wire.ModelReadyRequest;
import io.github.resnetserving.openinference.wire.RepositoryModelLoadRequest;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

/** Debian's nginx before a server without keys that listens on loopback alone. */
@Timeout(120)
class ReverseProxyTest {

  private static final Path NGINX = Path.of("/usr/sbin/nginx");
  private static final Path DOCUMENT = Path.of("docs/proxies.md");

  @TempDir private Path folder;

  /** What a site puts beside {@code proxy_pass}. */
  enum Site {
    DEFAULTS(""),
    HOST_KEPT("proxy_set_header Host $host;"),
    FORWARDED_FOR("proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"),
    REAL_IP("proxy_set_header X-Real-IP $remote_addr;"),
    /** As nginx 1.29.7 and newer do by themselves: nothing tells it from a program. */
    SILENT("proxy_http_version 1.1; proxy_set_header Connection \"\";");

    private final String directives;

    Site(String directives) {
      this.directives = directives;
    }
  }

  @BeforeAll
  static void nginxIsThere() {
    assumeTrue(Files.isExecutable(NGINX), "skipped: there is no nginx (Debian: nginx-light)");
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsAdministeredThroughItWithoutTheKey(Site site) throws Exception {
    try (var server = start();
        var proxy = Proxy.before(port(server), site.directives, folder)) {
      assertThat(send(proxy.port(), "GET /models", "")).isEqualTo(200);
      for (String claim : new String[] {"", "X-Forwarded-For: 127.0.0.1", "Origin: http://x"}) {
        assertThat(send(proxy.port(), "PUT /models/net", claim)).as(claim).isEqualTo(403);
      }
      Path key = folder.resolve("keys/admin-%d.header".formatted(port(server)));
      assertThat(send(proxy.port(), "PUT /models/net", Files.readString(key))).isEqualTo(202);
    }
  }

  /**
   * Why {@code keyless-administration} is off: the last site's visitors would be administrators.
   */
  @ParameterizedTest
  @EnumSource
  void keylessAdministrationTellsAllButSilentProxies(Site site) throws Exception {
    try (var server = start("--resnet.access.keyless-administration=true");
        var proxy = Proxy.before(port(server), site.directives, folder)) {
      assertThat(send(port(server), "PUT /models/net", "")).isEqualTo(202);
      assertThat(send(proxy.port(), "PUT /models/net", ""))
          .isEqualTo(site == Site.SILENT ? 202 : 403);
    }
  }

  /** With the lines that docs/proxies.md gives, as in every test below. */
  @Test
  void aStreamsAnswersComeBeforeItsUploadEnds() throws Exception {
    String image = Base64.getEncoder().encodeToString(ServingTest.jpeg());
    try (var server = start();
        var proxy = Proxy.of("", documented(server, "location / {"), "", folder);
        var socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
      socket.setSoTimeout(30_000);
      String head =
          """
          POST /classify HTTP/1.1
          Host: localhost
          Content-Type: application/x-ndjson
          Transfer-Encoding: chunked

          """
              .replace("\n", "\r\n");
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      send(socket, "{\"id\": \"a\", \"data\": \"%s\"}\n".formatted(image));
      readTo(socket, "\"id\":\"a\"");

      send(socket, "{\"id\": \"b\", \"data\": \"%s\"}\n".formatted(image));
      readTo(socket, "\"id\":\"b\"");

      socket.getOutputStream().write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      readTo(socket, "\r\n0\r\n\r\n");
    }
  }

  /** A kept connection is still open when its requests have been answered. */
  @Test
  void connectionsToTheServiceAreKeptOpen() throws Exception {
    String location =
        """
        proxy_pass http://resnet;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        """;
    for (String line : location.lines().toList()) {
      assertThat(Files.readString(DOCUMENT)).contains("`%s`".formatted(line));
    }
    try (var server = start();
        var one = Proxy.of("", documented(server, "location / {"), "", folder)) {
      assertThat(send(one.port(), "GET /models", "")).isEqualTo(200);
      await().until(() -> connections(port(server)) == 0);
      try (var kept =
          Proxy.of(
              documented(server, "upstream resnet {"),
              "location / { %s }".formatted(location),
              "",
              folder)) {
        for (int i = 0; i < 3; i++) {
          assertThat(send(kept.port(), "GET /models", "")).isEqualTo(200);
        }
        assertThat(connections(port(server))).isOne();
      }
    }
  }

  /** How many connections this machine has open to one of its ports. */
  private static long connections(int port) throws IOException {
    String remote = "0100007F:%04X".formatted(port);
    return Files.readAllLines(Path.of("/proc/net/tcp")).stream()
        .map(line -> line.strip().split("\\s+", -1))
        .filter(fields -> fields[2].equals(remote) && fields[3].equals("01"))
        .count();
  }

  @Test
  void administrationIsRefusedByTheProxyWithTheKeyAsWell() throws Exception {
    try (var server = start();
        var proxy =
            Proxy.of(
                "",
                documented(server, "location / {") + documented(server, "location /models {"),
                "",
                folder)) {
      String key = Files.readString(folder.resolve("keys/admin-%d.header".formatted(port(server))));
      for (String request :
          List.of(
              "PUT /models/net",
              "DELETE /models/net",
              "PUT /models/net/heads/birds",
              "POST /v2/repository/models/net/load",
              "POST /v2/repository/models/net/unload")) {
        assertThat(send(proxy.port(), request, key)).as(request).isEqualTo(403);
      }
      assertThat(send(proxy.port(), "GET /models/net/classes", "")).isEqualTo(200);
    }
  }

  @Test
  void callsOfGrpcPassAndItsAdministrationDoesNot() throws Exception {
    try (var server = start();
        var proxy =
            Proxy.of(
                "",
                documented(server, "location / {")
                    + documented(server, "location /inference.GRPCInferenceService/ {"),
                "http2",
                folder)) {
      ManagedChannel channel =
          ManagedChannelBuilder.forAddress("127.0.0.1", proxy.port()).usePlaintext().build();
      try {
        var calls = GRPCInferenceServiceGrpc.newBlockingStub(channel);
        var ready = ModelReadyRequest.newBuilder().setName("net").build();
        assertThat(calls.modelReady(ready).getReady()).isTrue();
        var load = RepositoryModelLoadRequest.newBuilder().setModelName("net").build();
        assertThatThrownBy(() -> calls.repositoryModelLoad(load))
            .hasMessageContaining("HTTP status code 403");
      } finally {
        channel.shutdownNow();
      }
    }
  }

  @Test
  void theServiceAnswersBelowAPath() throws Exception {
    try (var server = start();
        var proxy = Proxy.of("", documented(server, "location /resnet/ {"), "", folder)) {
      for (String path :
          List.of(
              "/resnet/",
              "/resnet/page/main.js",
              "/resnet/models",
              "/resnet/swagger-ui/index.html",
              "/resnet/v3/api-docs")) {
        assertThat(send(proxy.port(), "GET " + path, "")).as(path).isEqualTo(200);
      }
      assertThat(send(proxy.port(), "GET /models", "")).isEqualTo(404);
    }
  }

  /**
   * The block of docs/proxies.md that begins with a line, before a server that listens elsewhere.
   */
  private static String documented(ConfigurableApplicationContext server, String begins)
      throws IOException {
    String text = Files.readString(DOCUMENT);
    int start = text.indexOf("```\n" + begins);
    assertThat(start).as(begins).isNotNegative();
    int block = start + "```\n".length();
    return text.substring(block, text.indexOf("```", block))
        .replace(":8080", ":" + port(server))
        .replace(":9000", ":" + server.getBean(GrpcServerLifecycle.class).getPort());
  }

  private static void send(Socket socket, String chunk) throws IOException {
    String framed = "%x\r\n%s\r\n".formatted(chunk.length(), chunk);
    socket.getOutputStream().write(framed.getBytes(StandardCharsets.US_ASCII));
  }

  /** Reads until a text has come; times out where it does not. */
  private static void readTo(Socket socket, String text) throws IOException {
    StringBuilder read = new StringBuilder();
    while (read.indexOf(text) < 0) {
      int next = socket.getInputStream().read();
      assertThat(next).as("the connection ended after: %s", read).isNotNegative();
      read.append((char) next);
    }
  }

  private ConfigurableApplicationContext start(String... options) {
    String[] all = Arrays.copyOf(options, options.length + 5);
    all[options.length] = "--server.port=0";
    all[options.length + 1] = "--server.address=127.0.0.1";
    all[options.length + 2] = "--spring.grpc.server.port=0";
    all[options.length + 3] = "--resnet.default-model=net";
    all[options.length + 4] = "--resnet.access.admin-key-dir=" + folder.resolve("keys");
    return new SpringApplication(ServingConfiguration.class, GatedModel.class).run(all);
  }

  private static int port(ConfigurableApplicationContext server) {
    return Integer.parseInt(server.getEnvironment().getProperty("local.server.port", ""));
  }

  private static int send(int port, String request, String header) throws IOException {
    return RawHttp.send(
            "127.0.0.1", port, "%s HTTP/1.1\nHost: localhost\n%s".formatted(request, header))
        .status();
  }

  /** A running nginx. */
  private record Proxy(Process process, int port) implements AutoCloseable {

    static Proxy before(int upstream, String directives, Path folder) throws Exception {
      String location =
          "location / { proxy_pass http://127.0.0.1:%d; %s }".formatted(upstream, directives);
      return of("", location, "", folder);
    }

    /**
     * Starts an nginx.
     *
     * @param upstreams what stands before its server
     * @param locations what its server has
     * @param protocol {@code http2} or nothing
     */
    static Proxy of(String upstreams, String locations, String protocol, Path folder)
        throws Exception {
      int port;
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = free.getLocalPort();
      }
      Path work = Files.createTempDirectory(folder, "nginx");
      Path configuration =
          Files.writeString(
              work.resolve("nginx.conf"),
              """
              daemon off;
              master_process off;
              pid nginx.pid;
              error_log error.log;
              events {}
              http {
                access_log off;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                scgi_temp_path scgi;
                uwsgi_temp_path uwsgi;
                %s
                server {
                  listen 127.0.0.1:%d %s;
                  %s
                }
              }
              """
                  .formatted(upstreams, port, protocol, locations));
      Process process =
          new ProcessBuilder(
                  NGINX.toString(), "-p", work.toString(), "-c", configuration.toString())
              .redirectErrorStream(true)
              .redirectOutput(work.resolve("output.log").toFile())
              .start();
      Proxy proxy = new Proxy(process, port);
      await().until(() -> proxy.listens() || !process.isAlive());
      assertThat(process.isAlive()).as(Files.readString(work.resolve("output.log"))).isTrue();
      return proxy;
    }

    private boolean listens() throws IOException {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return true;
      } catch (ConnectException e) {
        return false;
      }
    }

    @Override
    public void close() throws InterruptedException {
      process.destroy();
      process.waitFor();
    }
  }
}
