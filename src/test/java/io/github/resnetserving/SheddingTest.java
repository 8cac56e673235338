package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.github.resnetserving.openinference.wire.GRPCInferenceServiceGrpc;
import io.github.resnetserving.openinference.wire.ModelInferRequest;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.search.Search;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;
import org.springframework.test.annotation.DirtiesContext;

/** A server whose only worker is at a batch and whose only place is taken. */
@SpringBootTest(
    classes = {ServingConfiguration.class, GatedModel.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=net",
      "resnet.engine.workers=1",
      "resnet.batching.queue-capacity=1",
      "resnet.limits.deadline=60s",
      "resnet.watch.stall-after=2s"
    })
@DirtiesContext
@Timeout(120)
class SheddingTest {

  /** What came back on a connection. */
  private record Reply(int status, Map<String, String> headers, String body) {}

  private final HttpClient client = HttpClient.newHttpClient();
  private final GatedModel.Gate gate;
  private final MeterRegistry meters;
  private final List<CompletableFuture<HttpResponse<String>>> accepted = new ArrayList<>();
  @LocalServerPort private int port;
  @Autowired private GrpcServerLifecycle grpc;

  @Autowired
  SheddingTest(GatedModel.Gate gate, MeterRegistry meters) {
    this.gate = gate;
    this.meters = meters;
  }

  @BeforeEach
  void fill() throws Exception {
    gate.close();
    accepted.add(post());
    gate.awaitBatch();
    accepted.add(post());
    await()
        .until(() ->
            Objects.requireNonNull(Search.in(meters).name("resnet.queue.length").gauge()).value()
                == 1);
  }

  @AfterEach
  void whatWasAcceptedIsAnswered() throws Exception {
    gate.open();
    for (var answer : accepted) {
      assertThat(answer.get().statusCode()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/classify, image/jpeg",
    "/classify?top_k=1, application/octet-stream",
    "/classify?deadline_ms=600000, multipart/form-data; boundary=b",
    "/classify?model=net&version=1, application/json",
    "/features, image/png",
    "/features?normalize=l2, application/x-www-form-urlencoded",
    "/v2/models/net/infer, application/json",
    "/v2/models/net/versions/1/infer, application/octet-stream"
  })
  void theHeadersAloneAreAnsweredAndCountedOnce(String path, String type) throws Exception {
    double before = refused();
    double imagesBefore = images();
    double httpBefore = http(path);

    try (Socket socket = new Socket("localhost", port)) {
      sendHeaders(socket, path, type);
      Reply reply = read(socket);

      assertThat(reply.status).isEqualTo(429);
      assertThat(Integer.parseInt(reply.headers.get("retry-after"))).isPositive();
      assertThat(reply.headers).containsKey("x-request-id").containsKey("content-length");
      if (path.startsWith("/v2/")) {
        assertThat(reply.headers.get("content-type")).isEqualTo("application/json");
        assertThat(reply.body).startsWith("{\"error\":\"The queue is full or too long");
      } else {
        assertThat(reply.headers.get("content-type")).isEqualTo("application/problem+json");
        assertThat(reply.body)
            .contains("\"type\":\"/problems/overloaded\"", "\"status\":429", "\"request_id\":\"");
      }
    }
    assertThat(refused()).isEqualTo(before + 1);
    assertThat(images()).isEqualTo(imagesBefore + 1);
    await().until(() -> http(path) == httpBefore + 1);
  }

  @Test
  void aClientThatSendsItsBodyAnywayKeepsItsConnection() throws Exception {
    try (Socket socket = new Socket("localhost", port)) {
      for (int i = 0; i < 3; i++) {
        sendHeaders(socket, "/classify", "image/jpeg");
        socket.getOutputStream().write(new byte[60_000]);
        assertThat(read(socket).status).isEqualTo(429);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/classify?topk=1, 400", // a parameter that there is not
    "/classify?deadline_ms=0, 400",
    "/classify?model=none, 404",
    "/classify?version=7, 404",
    "/v2/models/none/infer, 404"
  })
  void whatElseIsWrongIsToldInstead(String path, int status) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
            .header("Content-Type", path.startsWith("/v2/") ? "application/json" : "image/jpeg")
            .POST(
                path.startsWith("/v2/")
                    ? BodyPublishers.ofString(
                        "{\"inputs\":[{\"name\":\"image\",\"datatype\":\"BYTES\",\"shape\":[1],"
                            + "\"data\":[\"AAAA\"]}]}")
                    : BodyPublishers.ofByteArray(ServingTest.jpeg()))
            .build();

    assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(status);
  }

  @ParameterizedTest
  @EnumSource
  void aMessageOfGrpcIsRefusedBeforeItsInputIsRead(Input input) {
    double before = refused();
    ManagedChannel channel =
        ManagedChannelBuilder.forAddress("localhost", grpc.getPort()).usePlaintext().build();
    ModelInferRequest.Builder request = OpenInferenceTest.numbers(32).toBuilder();
    switch (input) {
      case WELL_FORMED -> {}
      case OF_A_WRONG_TYPE -> request.getInputsBuilder(0).setDatatype("BYTES");
      case OF_A_WRONG_SHAPE -> request.getInputsBuilder(0).addShape(7);
      case NONE -> request.clearInputs();
      case TWICE -> request.addInputs(request.getInputs(0));
      case CUT_OFF -> request.addRawInputContents(ByteString.copyFromUtf8("abc"));
    }

    assertThatThrownBy(
            () -> GRPCInferenceServiceGrpc.newBlockingStub(channel).modelInfer(request.build()))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageStartingWith("RESOURCE_EXHAUSTED: The queue is full or too long");
    assertThat(refused()).isEqualTo(before + 1);
    channel.shutdownNow();
  }

  /** What comes in a message; all but the first would be an INVALID_ARGUMENT. */
  enum Input {
    WELL_FORMED,
    OF_A_WRONG_TYPE,
    OF_A_WRONG_SHAPE,
    NONE,
    TWICE,
    CUT_OFF
  }

  @Test
  void anEngineThatDoesNotGetOnIsNotReady() throws Exception {
    await().until(() -> get("/readyz").statusCode() == 503);
    assertThat(get("/readyz").body())
        .contains(
            "\"stages\":{\"details\":{\"standing\":[\"engine\"]},\"status\":\"OUT_OF_SERVICE\"}");
    assertThat(get("/livez").statusCode()).isEqualTo(200);
    assertThat(get("/v2/health/ready").statusCode()).isEqualTo(503);

    gate.open();
    await().until(() -> get("/readyz").statusCode() == 200);
  }

  private double refused() {
    var timer =
        Search.in(meters).name("resnet.requests").tag("model", "net").tag("outcome", "overloaded");
    return timer.timers().stream().mapToLong(each -> each.count()).sum();
  }

  private double images() {
    var counter =
        Search.in(meters).name("resnet.images").tag("model", "net").tag("outcome", "overloaded");
    return counter.counters().stream().mapToDouble(each -> each.count()).sum();
  }

  /** Requests by the path's pattern that were answered 429. */
  private double http(String path) {
    String bare = path.replaceAll("\\?.*", "");
    String pattern =
        bare.replace("/models/net", "/models/{name}").replace("/versions/1", "/versions/{version}");
    return Search.in(meters)
        .name("http.server.requests")
        .tag("status", "429")
        .tag("uri", pattern)
        .timers()
        .stream()
        .mapToLong(each -> each.count())
        .sum();
  }

  private static void sendHeaders(Socket socket, String path, String type) throws IOException {
    socket.setSoTimeout(20_000);
    OutputStream out = socket.getOutputStream();
    out.write(
        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: 60000\r\n\r\n"
            .formatted(path, type)
            .getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private static Reply read(Socket socket) throws IOException {
    BufferedReader in =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    int status = Integer.parseInt(in.readLine().split(" ", -1)[1]);
    Map<String, String> headers = new TreeMap<>();
    for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
      String[] parts = line.split(": ", 2);
      headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1]);
    }
    char[] body = new char[Integer.parseInt(headers.get("content-length"))];
    for (int size = 0; size < body.length; ) {
      size += in.read(body, size, body.length - size);
    }
    return new Reply(status, headers, new String(body));
  }

  private CompletableFuture<HttpResponse<String>> post() {
    return client.sendAsync(
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/classify"))
            .POST(BodyPublishers.ofByteArray(ServingTest.jpeg()))
            .build(),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path)).build(),
        BodyHandlers.ofString());
  }
}
