package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.rest.request.RequestLimits;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.annotation.DirtiesContext.MethodMode;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Rows of the contract that no other test has. Bodies, parameters and most failures are in {@link
 * ServingTest}; layers, arrays, maps, lines and addresses in {@link BodyFormsTest}; images that are
 * none in {@link BadImagesTest}; 429, 500 and 504 in {@link OverloadTest}; keys and administration
 * in {@link AccessTest}; the other protocol in {@link OpenInferenceTest}.
 */
@SpringBootTest(
    classes = {ServingConfiguration.class, GatedModel.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {"resnet.default-model=net", "resnet.access.keyless-administration=true"})
@Timeout(60)
class ContractTest {

  private static final byte[] JPEG = ServingTest.jpeg();
  private static final String MULTIPART = "multipart/form-data; boundary=boundary";
  private static final String NPY = "application/x-npy";

  private final HttpClient client = HttpClient.newHttpClient();
  private final JsonMapper json = JsonMapper.shared();
  @LocalServerPort private int port;
  @Autowired private GatedModel.Gate gate;
  @Autowired private RequestLimits limits;
  @Autowired private MeterRegistry meters;

  @AfterEach
  void theModelWorks() {
    gate.open();
    gate.broken(false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crx ", "qt  ", "mp42", "isom", "3gp5"})
  void formatsThatAreNotReadAreUnsupported(String brand) throws Exception {
    byte[] file =
        ByteBuffer.allocate(64)
            .putInt(24)
            .put("ftyp".getBytes(StandardCharsets.US_ASCII))
            .put(brand.getBytes(StandardCharsets.US_ASCII))
            .array();

    problem(post("/classify", "application/octet-stream", file), 415, "unsupported-image");
  }

  @Test
  void aHeaderThatClaimsTooManyPixelsIsEnoughToRefuse() throws Exception {
    problem(post("/classify", "image/png", png(30_000, 30_000)), 422, "too-many-pixels");
    problem(post("/classify", "image/jpeg", Arrays.copyOf(JPEG, 700)), 422, "unreadable-image");
  }

  @Test
  void unlessConfiguredABodyHas20MegabytesAndAnImage50MillionPixels() throws Exception {
    String most = "POST /classify HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ";

    assertThat(firstLine(most + (20 << 20) + "\r\n\r\n")).startsWith("HTTP/1.1 100 ");
    // Of this one no byte is ever sent, nor waited for.
    assertThat(
            firstLine(most.replace("Expect: 100-continue\r\n", "") + ((20 << 20) + 1) + "\r\n\r\n"))
        .startsWith("HTTP/1.1 413 ");
    problem(post("/classify", "image/png", png(10_000, 5_001)), 422, "too-many-pixels");
    problem(post("/classify", "image/png", png(10_000, 5_000)), 422, "unreadable-image");
  }

  private String firstLine(String request) throws IOException {
    try (Socket socket = new Socket("localhost", port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
          .readLine();
    }
  }

  @Test
  void unlessConfiguredARequestHas32Images() throws Exception {
    String[] images = Collections.nCopies(33, "text").toArray(String[]::new);

    assertThat(ok(post("/classify", MULTIPART, parts(Arrays.copyOf(images, 32)))).get("results"))
        .hasSize(32);
    problem(post("/classify", MULTIPART, parts(images)), 400, "bad-request");
  }

  @Test
  void theDeadlineCountsFromTheHeadersSoThatASlowBodyMissesIt() throws Exception {
    try (Socket socket = new Socket("localhost", port)) {
      socket.setSoTimeout(20_000);
      OutputStream out = socket.getOutputStream();
      out.write(
          "POST /classify?deadline_ms=100 HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n"
              .getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      await()
          .pollInterval(Duration.ofMillis(20))
          .until(() -> {
            out.write(1); // never idle for as long as the connection's time-out
            return in.available() > 0;
          });
      assertThat(new String(in.readNBytes(12), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 408");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "HEAD, /livez, 200",
    "HEAD, /models/net, 200",
    "HEAD, /v3/api-docs, 200",
    "HEAD, /classify, 405",
    "HEAD, /nought, 404"
  })
  void aHeadHasNoBody(String method, String path, int status) throws Exception {
    HttpResponse<byte[]> answer = send(request(path).method(method, BodyPublishers.noBody()));

    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"/classify, POST", "/models, GET", "/models/net, PUT"})
  void optionsTellTheMethods(String path, String method) throws Exception {
    HttpResponse<byte[]> answer = send(request(path).method("OPTIONS", BodyPublishers.noBody()));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Allow").orElseThrow()).contains(method);
  }

  @Test
  void aVersionOfTheOtherProtocolMayBeNamed() throws Exception {
    byte[] body =
        "{\"inputs\": [{\"name\": \"image\", \"datatype\": \"BYTES\", \"shape\": [1], \"data\": [\"%s\"]}]}"
            .formatted(Base64.getEncoder().encodeToString(JPEG))
            .getBytes(StandardCharsets.UTF_8);

    JsonNode answer = ok(post("/v2/models/net/versions/1/infer", "application/json", body));

    assertThat(answer.get("model_version").stringValue()).isEqualTo("1");
    assertThat(post("/v2/models/net/versions/2/infer", "application/json", body).statusCode())
        .isEqualTo(404);
  }

  @Test
  void modelAndVersionMayBeNamed() throws Exception {
    JsonNode model = ok(post("/classify?model=net&version=1", "image/jpeg", JPEG)).get("model");

    assertThat(model.get("name").stringValue()).isEqualTo("net");
    assertThat(model.get("version").stringValue()).isEqualTo("1");
  }

  @Test
  void aImageIsAsLargeAsItIsSeenUpright() throws Exception {
    byte[] turnedFile = Files.readAllBytes(Path.of("src/test/resources/images/exif6.jpg"));
    byte[] uprightFile = Files.readAllBytes(Path.of("src/test/resources/images/exif1.jpg"));

    JsonNode turned = ok(post("/classify", "image/jpeg", turnedFile)).at("/results/0/image");
    JsonNode upright = ok(post("/classify", "image/jpeg", uprightFile)).at("/results/0/image");

    assertThat(turned.get("width")).isEqualTo(upright.get("height"));
    assertThat(turned.get("height")).isEqualTo(upright.get("width"));
    assertThat(turned.get("width")).isNotEqualTo(turned.get("height"));
  }

  @Test
  void severalImagesThatAreAllBadAreEachToldSo() throws Exception {
    JsonNode results = ok(post("/classify", MULTIPART, parts("text", "more"))).get("results");

    assertThat(results).hasSize(2);
    for (JsonNode result : results) {
      assertThat(result.get("predictions").isNull()).isTrue();
      assertThat(result.get("image").isNull()).isTrue();
      assertThat(result.at("/error/status").intValue()).isEqualTo(415);
    }
  }

  @Test
  void anArrayHasARowForEachImageOrThereIsNone() throws Exception {
    String jpeg = new String(JPEG, StandardCharsets.ISO_8859_1);
    HttpResponse<byte[]> both = post("/features", MULTIPART, parts(jpeg, jpeg), NPY);

    assertThat(both.statusCode()).isEqualTo(200);
    assertThat(new String(both.body(), StandardCharsets.ISO_8859_1)).contains("'shape': (2, 2)");
    problem(post("/features", MULTIPART, parts(jpeg, "text"), NPY), 415, "unsupported-image");
  }

  @Test
  void aStreamCannotBeAnsweredWithAnArray() throws Exception {
    problem(post("/features", "application/x-ndjson", line(), NPY), 406, "not-acceptable");
  }

  /** 32 are a request's images, and so what a stream may have under way. */
  @Test
  void aStreamHoldsNoMoreImagesThanARequestMayHave() throws Exception {
    byte[] line = line();
    String lines = new String(line, StandardCharsets.UTF_8).repeat(1000);
    try (RawStream stream = new RawStream(port, "/classify")) {
      stream.send(new String(line, StandardCharsets.UTF_8));
      stream.head();
      stream.line();
      gate.close();
      int before = gate.images();
      var sending =
          new FutureTask<>(() -> {
            stream.send(lines); // more than all buffers on the way hold
            stream.end();
            return true;
          });
      Thread.ofVirtual().start(sending);

      long images = 32L * (line.length - 1); // beside them the reader's buffer and room for answers
      AtomicLong last = new AtomicLong();
      await()
          .during(Duration.ofMillis(300))
          .until(() -> {
            long used = limits.bytes().used();
            return used > images && last.getAndSet(used) == used;
          });
      assertThat(last.get()).isLessThan(1000L * (line.length - 1) / 4);
      assertThat(sending.isDone()).isFalse();
      gate.open();
      for (int i = 0; i < 1000; i++) {
        assertThat(stream.line()).isNotNull();
      }
      assertThat(stream.line()).isNull();
      assertThat(gate.images() - before).isEqualTo(1000);
    }
    await().until(() -> limits.bytes().used() == 0);
  }

  @Test
  void oneImageIsExplainedAtATime() throws Exception {
    problem(post("/explain", MULTIPART, parts("a", "b")), 400, "bad-request");
    problem(post("/explain", "application/x-ndjson", line()), 400, "bad-request");
  }

  @Test
  void aDefectIsToldAsSuchAndNothingOfIt() throws Exception {
    gate.broken(true);

    JsonNode problem = problem(post("/classify", "image/jpeg", JPEG), 500, "internal");

    assertThat(problem.toString()).doesNotContain("broken on purpose", "Exception");
    assertThat(problem.get("request_id").stringValue()).isNotBlank();
  }

  @Test
  void aDeadlineThatPassesIsToldAsSuch() throws Exception {
    gate.close();

    problem(post("/classify?deadline_ms=200", "image/jpeg", JPEG), 504, "deadline-exceeded");
  }

  // A new server afterwards: what waited at the gate counts as measured service time.
  @DirtiesContext(methodMode = MethodMode.AFTER_METHOD)
  @Test
  void whatFindsTheQueueFullIsToldWhenToComeBack() throws Exception {
    gate.close();
    String jpeg = new String(JPEG, StandardCharsets.ISO_8859_1);
    byte[] images = parts(Collections.nCopies(32, jpeg).toArray(String[]::new));
    List<CompletableFuture<HttpResponse<byte[]>>> waiting = new ArrayList<>();
    for (int i = 0; i < 9; i++) { // 288, and 8 in a batch and 256 in the queue are 264
      waiting.add(
          client.sendAsync(
              request("/classify?deadline_ms=60000")
                  .header("Content-Type", MULTIPART)
                  .POST(BodyPublishers.ofByteArray(images))
                  .build(),
              BodyHandlers.ofByteArray()));
    }
    await().until(() -> meters.get("resnet.queue.length").gauge().value() == 256);

    HttpResponse<byte[]> refused = post("/classify?deadline_ms=60000", "image/jpeg", JPEG);

    problem(refused, 429, "overloaded");
    assertThat(refused.headers().firstValue("Retry-After").orElseThrow()).matches("[1-9]\\d*");
    gate.open();
    for (var answer : waiting) {
      assertThat(answer.get().statusCode()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "PUT, /classify, POST",
    "DELETE, /features, POST",
    "GET, /explain, POST",
    "PUT, /models, GET",
    "PATCH, /models/net, DELETE",
    "PUT, /livez, GET"
  })
  void anotherMethodIsToldWhichThereAre(String method, String path, String allowed)
      throws Exception {
    HttpResponse<byte[]> answer = send(request(path).method(method, BodyPublishers.noBody()));

    problem(answer, 405, "method-not-allowed");
    assertThat(answer.headers().firstValue("Allow").orElseThrow()).contains(allowed);
  }

  @ParameterizedTest
  @CsvSource({
    "PUT, /v2, GET",
    "POST, /v2/health/live, GET",
    "DELETE, /v2/models/net/versions/1, GET",
    "GET, /v2/models/net/infer, POST"
  })
  void theOtherProtocolSaysItInItsOwnWay(String method, String path, String allowed)
      throws Exception {
    HttpResponse<byte[]> answer = send(request(path).method(method, BodyPublishers.noBody()));

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).hasValue(allowed);
    assertThat(read(answer).get("error").stringValue())
        .isEqualTo("%s is not allowed here, only %s.".formatted(method, allowed));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v2", "/v2/health/ready", "/v2/models/net", "/models", "/models/net"})
  void whateverElseIsAcceptedGetsJson(String path) throws Exception {
    HttpResponse<byte[]> answer = send(request(path).header("Accept", "image/png").GET());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "application/json | {\"version\": \"2\"} | 202",
        "application/x-www-form-urlencoded | {\"version\": \"2\"} | 202",
        "application/json | {} | 202",
        "application/json | {\"version\": | 400",
        "application/json | {\"versoin\": \"2\"} | 400",
        "application/json | [] | 400"
      })
  void theBodyOfALoadIsAVersionOrAProblem(String type, String body, int status) throws Exception {
    HttpResponse<byte[]> answer =
        send(
            request("/models/net").header("Content-Type", type).PUT(BodyPublishers.ofString(body)));

    assertThat(answer.statusCode()).isEqualTo(status);
    if (status == 400) {
      problem(answer, 400, "bad-request");
    }
  }

  private static byte[] line() {
    return "{\"data\": \"%s\"}\n"
        .formatted(Base64.getEncoder().encodeToString(JPEG))
        .getBytes(StandardCharsets.UTF_8);
  }

  /** A form; its contents one byte a character. */
  private static byte[] parts(String... contents) {
    StringBuilder form = new StringBuilder();
    for (String content : contents) {
      form.append("--boundary\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n")
          .append(content)
          .append("\r\n");
    }
    return form.append("--boundary--\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A PNG without pixels. */
  private static byte[] png(int width, int height) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    byte[] size = ByteBuffer.allocate(8).putInt(width).putInt(height).array();
    file.write(chunk("IHDR", size, new byte[] {8, 2, 0, 0, 0}));
    file.write(chunk("IDAT", new byte[] {0x78, 1, 3, 0, 0, 0, 0, 1}, new byte[0]));
    file.write(chunk("IEND", new byte[0], new byte[0]));
    return file.toByteArray();
  }

  private static byte[] chunk(String type, byte[] first, byte[] second) {
    byte[] content =
        ByteBuffer.allocate(4 + first.length + second.length)
            .put(type.getBytes(StandardCharsets.US_ASCII))
            .put(first)
            .put(second)
            .array();
    CRC32 check = new CRC32();
    check.update(content);
    return ByteBuffer.allocate(content.length + 8)
        .putInt(content.length - 4)
        .put(content)
        .putInt((int) check.getValue())
        .array();
  }

  private JsonNode ok(HttpResponse<byte[]> answer) {
    assertThat(answer.statusCode()).as(read(answer).toString()).isEqualTo(200);
    return read(answer);
  }

  private JsonNode problem(HttpResponse<byte[]> answer, int status, String type) {
    JsonNode problem = read(answer);
    assertThat(answer.statusCode()).as(problem.toString()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    assertThat(problem.get("type").stringValue()).isEqualTo("/problems/" + type);
    assertThat(problem.get("status").intValue()).isEqualTo(status);
    assertThat(problem.get("detail").stringValue()).isNotBlank();
    return problem;
  }

  private JsonNode read(HttpResponse<byte[]> answer) {
    return Objects.requireNonNull(json.readTree(answer.body()));
  }

  private HttpResponse<byte[]> post(String path, String type, byte[] body) throws Exception {
    return post(path, type, body, "application/json");
  }

  private HttpResponse<byte[]> post(String path, String type, byte[] body, String accept)
      throws Exception {
    return send(
        request(path)
            .header("Content-Type", type)
            .header("Accept", accept)
            .POST(BodyPublishers.ofByteArray(body)));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
  }

  private HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofByteArray());
  }
}
