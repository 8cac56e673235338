package io.github.resnetserving;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.sun.net.httpserver.HttpServer;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

/**
 * What a collector of traces receives, read by the field numbers of OpenTelemetry's protocol, from
 * the program as it is configured by its options.
 */
@Timeout(60)
class OtlpTest {

  private static final String PARENT = "00f067aa0ba902b7";
  private static final Queue<Received> RECEIVED = new ConcurrentLinkedQueue<>();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private static HttpServer collector;
  private static ConfigurableApplicationContext server;

  /**
   * A span.
   *
   * @param resource attributes of what sent it
   * @param kind 2 for a server's
   * @param status 0 unset, 2 error
   */
  private record Received(
      Map<String, Object> resource,
      String trace,
      String id,
      String parent,
      String name,
      long kind,
      Map<String, Object> attributes,
      long status) {}

  @BeforeAll
  static void start() throws IOException {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/v1/traces",
        exchange -> {
          try (exchange) {
            spans(exchange.getRequestBody().readAllBytes()).forEach(RECEIVED::add);
            exchange.sendResponseHeaders(200, -1);
          }
        });
    collector.start();
    server =
        new SpringApplication(ServingConfiguration.class, GatedModel.class)
            .run(
                "--server.port=0",
                "--spring.grpc.server.port=0",
                "--resnet.default-model=net",
                "--management.tracing.sampling.probability=1",
                "--management.opentelemetry.tracing.export.schedule-delay=100ms",
                "--management.opentelemetry.tracing.export.otlp.endpoint=http://localhost:%d/v1/traces"
                    .formatted(collector.getAddress().getPort()));
  }

  @AfterAll
  static void stop() {
    server.close();
    collector.stop(0);
    CLIENT.close();
  }

  @Test
  void aRequestsSpanHasTheConventionsAttributesAndTheServicesVersion() throws Exception {
    String trace = "1".repeat(32);
    assertThat(post(trace, "/classify?top_k=2", "image/jpeg", ServingTest.jpeg())).isEqualTo(200);

    Received span = request(trace);

    assertThat(span.name()).isEqualTo("POST /classify");
    assertThat(span.parent()).isEqualTo(PARENT);
    assertThat(span.kind()).isEqualTo(2);
    assertThat(span.status()).isZero();
    assertThat(span.attributes())
        .containsEntry("http.request.method", "POST")
        .containsEntry("http.response.status_code", 200L)
        .containsEntry("http.route", "/classify")
        .containsEntry("url.path", "/classify")
        .containsEntry("url.query", "top_k=2")
        .containsEntry("url.scheme", "http")
        .containsEntry("server.address", "localhost")
        .containsEntry("server.port", (long) port())
        .containsEntry("client.address", "127.0.0.1")
        .containsEntry("network.protocol.version", "1.1")
        .containsKey("user_agent.original")
        .hasSize(11);
    assertThat(span.resource())
        .containsEntry("service.name", "resnet-serving")
        .containsEntry("service.version", "development");
  }

  @ParameterizedTest
  @CsvSource({"2, /classify?odd=1, 400, 0", "3, /nothing, 404, 0", "4, /classify, 500, 2"})
  void onlyFailuresOfTheServerAreErrors(int digit, String path, int status, long code)
      throws Exception {
    GatedModel.Gate gate = server.getBean(GatedModel.Gate.class);
    gate.broken(status == 500);
    String trace = Integer.toString(digit).repeat(32);
    assertThat(post(trace, path, "image/jpeg", ServingTest.jpeg())).isEqualTo(status);
    gate.broken(false);

    Received span = request(trace);

    assertThat(span.status()).isEqualTo(code);
    assertThat(span.attributes().get("error.type")).isEqualTo(status == 500 ? "500" : null);
    assertThat(span.attributes()).containsEntry("http.response.status_code", (long) status);
  }

  @Test
  void aMethodOfNobodysIsNamedApart() throws Exception {
    String trace = "5".repeat(32);
    var _ =
        CLIENT.send(
            traced(trace, "/models").method("BREW", BodyPublishers.noBody()).build(),
            BodyHandlers.discarding());

    Received span = request(trace);

    assertThat(span.name()).startsWith("HTTP");
    assertThat(span.attributes())
        .containsEntry("http.request.method", "_OTHER")
        .containsEntry("http.request.method_original", "BREW");
  }

  @Test
  void everyLineOfAStreamHasItsStages() throws Exception {
    String trace = "6".repeat(32);
    String line =
        "{\"data\": \"%s\"}\n".formatted(Base64.getEncoder().encodeToString(ServingTest.jpeg()));
    assertThat(post(trace, "/classify", "application/x-ndjson", line.repeat(3).getBytes(UTF_8)))
        .isEqualTo(200);

    Received request = request(trace);
    await().until(() -> of(trace).size() == 1 + 3 * 6);
    for (String stage :
        List.of("decode_queue", "decode", "preprocess", "queue", "inference", "ranking")) {
      assertThat(of(trace).stream().filter(span -> span.name().equals(stage)))
          .as(stage)
          .hasSize(3)
          .allMatch(span -> span.parent().equals(request.id()));
    }
  }

  @Test
  void probesHaveNoSpans() throws Exception {
    String trace = "7".repeat(32);
    for (String path :
        List.of(
            "/livez",
            "/readyz",
            "/v2/health/live",
            "/v2/health/ready",
            "/actuator/health",
            "/actuator/health/readiness")) {
      assertThat(CLIENT.send(traced(trace, path).build(), BodyHandlers.discarding()).statusCode())
          .isEqualTo(200);
    }
    ManagedChannel channel =
        ManagedChannelBuilder.forAddress(
                "localhost", server.getBean(GrpcServerLifecycle.class).getPort())
            .usePlaintext()
            .build();
    var _ = HealthGrpc.newBlockingStub(channel).check(HealthCheckRequest.getDefaultInstance());
    assertThat(channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS)).isTrue();
    assertThat(
            CLIENT.send(traced(trace, "/models").build(), BodyHandlers.discarding()).statusCode())
        .isEqualTo(200);

    assertThat(request(trace).name()).isEqualTo("GET /models");
    assertThat(of(trace)).hasSize(1);
    assertThat(RECEIVED).noneMatch(span -> span.name().contains("Health"));
  }

  private static int port() {
    return Integer.parseInt(server.getEnvironment().getProperty("local.server.port", ""));
  }

  private static HttpRequest.Builder traced(String trace, String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + port() + path))
        .header("traceparent", "00-%s-%s-01".formatted(trace, PARENT));
  }

  private static int post(String trace, String path, String type, byte[] body) throws Exception {
    return CLIENT
        .send(
            traced(trace, path)
                .header("Content-Type", type)
                .POST(BodyPublishers.ofByteArray(body))
                .build(),
            BodyHandlers.ofByteArray())
        .statusCode();
  }

  private static List<Received> of(String trace) {
    return RECEIVED.stream().filter(span -> span.trace().equals(trace)).toList();
  }

  /** The span of the request itself, once it has come. */
  private static Received request(String trace) {
    await().until(() -> of(trace).stream().anyMatch(span -> span.kind() == 2));
    return of(trace).stream().filter(span -> span.kind() == 2).findFirst().orElseThrow();
  }

  private static Stream<Received> spans(byte[] message) throws InvalidProtocolBufferException {
    return messages(UnknownFieldSet.parseFrom(message), 1)
        .flatMap(resourceSpans -> {
          var resource =
              attributes(messages(resourceSpans, 1).findFirst().orElseThrow(), /* field= */ 1);
          return messages(resourceSpans, 2)
              .flatMap(scope -> messages(scope, 2))
              .map(span ->
                  new Received(
                      resource,
                      hex(span, 1),
                      hex(span, 2),
                      hex(span, 4),
                      text(span, 5),
                      number(span, 6),
                      attributes(span, 9),
                      messages(span, 15).mapToLong(status -> number(status, 3)).sum()));
        });
  }

  private static Stream<UnknownFieldSet> messages(UnknownFieldSet message, int field) {
    return message.getField(field).getLengthDelimitedList().stream()
        .map(bytes -> {
          try {
            return UnknownFieldSet.parseFrom(bytes);
          } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static Map<String, Object> attributes(UnknownFieldSet message, int field) {
    Map<String, Object> attributes = new TreeMap<>();
    messages(message, field)
        .forEach(pair -> {
          UnknownFieldSet value = messages(pair, 2).findFirst().orElseThrow();
          attributes.put(
              text(pair, 1), value.hasField(3) ? (Object) number(value, 3) : text(value, 1));
        });
    return attributes;
  }

  private static ByteString bytes(UnknownFieldSet message, int field) {
    var values = message.getField(field).getLengthDelimitedList();
    return values.isEmpty() ? ByteString.EMPTY : values.getFirst();
  }

  private static String text(UnknownFieldSet message, int field) {
    return bytes(message, field).toStringUtf8();
  }

  private static String hex(UnknownFieldSet message, int field) {
    return HexFormat.of().formatHex(bytes(message, field).toByteArray());
  }

  private static long number(UnknownFieldSet message, int field) {
    return message.getField(field).getVarintList().stream().mapToLong(each -> each).sum();
  }
}
