package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.download.ModelFetcher;
import io.github.resnetserving.rest.request.RequestLimits;
import io.github.resnetserving.serving.ModelServer;
import io.github.resnetserving.tensor.IntermediateOutput;
import io.github.resnetserving.tensor.IntermediateOutput.ClassActivationMap;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.github.resnetserving.tensor.IntermediateRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What is checked while a body is parsed, and what answers may take, with little memory. */
@SpringBootTest(
    classes = {ServingConfiguration.class, BodyBoundsTest.Models.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=net",
      "resnet.limits.bytes-in-flight=8MB",
      "resnet.limits.max-images=16"
    })
@Timeout(120)
class BodyBoundsTest {

  /** Numbers of a stem's map: 800 kB. */
  private static final int MAP = 200_000;

  private static final byte[] JPEG = ServingTest.jpeg();
  private static final String DATA = Base64.getEncoder().encodeToString(JPEG);
  private static final String ITEM = "{\"data\": \"%s\"}".formatted(DATA);

  private final HttpClient client = HttpClient.newHttpClient();
  private final JsonMapper json = JsonMapper.shared();
  private final Budget bytes;
  @LocalServerPort private int port;

  @Autowired
  BodyBoundsTest(RequestLimits limits) {
    this.bytes = limits.bytes();
  }

  /** One with large maps. */
  @TestConfiguration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Models {

    @Bean
    RecordedAdministration administration(
        ModelRepository repository, ModelServer server, ModelFetcher fetcher) {
      return new RecordedAdministration(repository, server, fetcher);
    }

    @Bean
    InitializingBean models(ModelServer server) {
      return () ->
          server.serve(
              ServingTest.Models.spec("net"),
              () -> new PlanReport("fused", "fp32", 1, List.of()),
              ServingTest.Models::run,
              new ModelServer.Intermediates(List.of((long) MAP, 8L), Models::intermediates),
              () -> {});
    }

    static List<IntermediateOutput> intermediates(List<IntermediateRequest> looks) {
      return looks.stream().map(Models::intermediates).toList();
    }

    static IntermediateOutput intermediates(IntermediateRequest look) {
      return switch (look) {
        case IntermediateRequest.OfStage(var _, int stage) ->
            stage == 0
                ? new FeatureMap(MAP, 1, 1, new float[MAP])
                : new FeatureMap(8, 1, 1, new float[8]);
        case IntermediateRequest.OfClass _ ->
            new ClassActivationMap(1, 1, 1, new float[1], 0, new float[10]);
      };
    }
  }

  @AfterEach
  void nothingIsHeldAfterwards() {
    await().until(() -> bytes.used() == 0);
  }

  /** A body and the content type that says what it is. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Plain(String type, byte[] body) {

    @Override
    public String toString() {
      return type;
    }
  }

  static List<Plain> plain() {
    return List.of(
        new Plain("image/jpeg", JPEG),
        new Plain("application/octet-stream", JPEG),
        new Plain("application/json", utf8("{\"images\": [%s]}".formatted(ITEM))),
        new Plain("multipart/form-data; boundary=b", multipart(1)),
        new Plain("text/plain", JPEG));
  }

  @ParameterizedTest
  @MethodSource("plain")
  void compressedBodiesAreReadAsWhatTheyWere(Plain plain) throws Exception {
    for (String encoding : List.of("gzip", "GZIP", "x-gzip", "deflate", "identity")) {
      HttpResponse<String> answer =
          post("/classify", plain.type(), encoding, compressed(encoding, plain.body()));

      assertThat(answer.statusCode()).as(encoding + answer.body()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @MethodSource("plain")
  void compressedBodiesThatAreNoneAreABadRequest(Plain plain) throws Exception {
    byte[] whole = compressed("gzip", plain.body());
    byte[] cut = java.util.Arrays.copyOf(whole, whole.length / 2);
    byte[] corrupt = whole.clone();
    corrupt[whole.length - 6]++; // in the checksum
    for (byte[] body : List.of(plain.body(), cut, corrupt, new byte[] {31, (byte) 139})) {
      HttpResponse<String> answer = post("/classify", plain.type(), "gzip", body);

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"br", "zstd", "compress", "gzip, gzip", "nonsense"})
  void otherEncodingsAreToldWhichAreRead(String encoding) throws Exception {
    for (String path : List.of("/classify", "/features", "/explain", "/v2/models/net/infer")) {
      HttpResponse<String> answer = post(path, "application/json", encoding, JPEG);

      assertThat(answer.statusCode()).isEqualTo(415);
      assertThat(answer.headers().firstValue("Accept-Encoding"))
          .hasValue("gzip, deflate, identity");
      assertThat(answer.body()).contains("The content encoding " + encoding + " is not read");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "image/jpeg",
        "application/json",
        "multipart/form-data; boundary=b",
        "application/octet-stream",
        "text/html"
      })
  void aBodyThatGrowsTooLargeWhenItIsDecompressedIsRefused(String type) throws Exception {
    for (String encoding : List.of("gzip", "deflate")) {
      byte[] bomb = compressed(encoding, beginning(type, 100_000_000));
      assertThat(bomb.length).isLessThan(200_000);

      HttpResponse<String> answer = post("/classify", type, encoding, bomb);

      assertThat(answer.statusCode()).isEqualTo(413);
      assertThat(answer.body()).contains("/problems/too-large");
    }
  }

  private static byte[] beginning(String type, int size) {
    byte[] body = new byte[size];
    byte[] start =
        type.startsWith("multipart")
            ? utf8("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n")
            : new byte[0];
    System.arraycopy(start, 0, body, 0, start.length);
    return body;
  }

  static List<String> wrongJson() {
    String deep = "[".repeat(100_000);
    return List.of(
        "{\"images\": " + deep,
        "{\"images\": [" + deep,
        "{\"images\": [{\"data\": " + deep,
        "{\"other\": " + deep,
        deep,
        "{\"images\": [{\"id\": \"" + "i".repeat(1001) + "\"}]}",
        "{\"images\": [{\"url\": \"" + "u".repeat(8001) + "\"}]}",
        "{\"images\": [{\"" + "n".repeat(101) + "\": 1}]}",
        "{\"images\": [{\"data\": 1}]}",
        "{\"images\": [{\"data\": \"%s\", \"data\": \"%s\"}]}".formatted(DATA, DATA),
        "{\"images\": [], \"images\": []}",
        "{\"images\": [%s], \"more\": 1}".formatted(ITEM),
        "{\"images\": [%s]} {}".formatted(ITEM),
        "{\"images\": [%s".formatted(ITEM),
        "{\"images\": [{\"data\": \"%s".formatted(DATA),
        "{\"images\": [{\"data\": \"AAA=A\"}]}",
        "{\"images\": [{\"data\": \"\\u0000\"}]}",
        "{\"images\": " + Collections.nCopies(1_000, "{}") + "}",
        "{\"images\": " + Collections.nCopies(17, ITEM) + "}",
        "null",
        "");
  }

  @ParameterizedTest
  @MethodSource("wrongJson")
  void wrongJsonIsABadRequestAndSaysWhy(String body) throws Exception {
    HttpResponse<String> answer = post("/classify", "application/json", "identity", utf8(body));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    assertThat(json.readTree(answer.body()).get("detail").stringValue())
        .isNotBlank()
        .hasSizeLessThan(300);
  }

  @Test
  void jsonMayEscapeSlashesLeaveOutPaddingAndHaveSpaces() throws Exception {
    for (String data :
        List.of(
            DATA.replace("/", "\\/"),
            DATA.replace("=", ""),
            DATA.replace("/", "\\u002f"),
            DATA.replace("/", "\\/").replace("=", ""),
            DATA)) {
      HttpResponse<String> answer =
          post(
              "/classify",
              "application/json",
              "identity",
              utf8(
                  " {\n\"images\" :\t[ { \"id\": \"\\u00e4/\\\"\", \"data\" : \"%s\" } ] }\n"
                      .formatted(data)));

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(json.readTree(answer.body()).at("/results/0/id").stringValue()).isEqualTo("ä/\"");
    }
  }

  @Test
  void jsonInAnotherEncodingIsToldToBeUtf8() throws Exception {
    byte[] body = "{\"images\": [%s]}".formatted(ITEM).getBytes(StandardCharsets.UTF_16BE);

    assertThat(post("/classify", "application/json", "identity", body).statusCode()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 18, 100, 1000, 5000})
  void furtherPartsAreNotReadBeyondWhatARequestMayHave(int parts) throws Exception {
    HttpResponse<String> answer =
        post("/classify", "multipart/form-data; boundary=b", "identity", tiny(parts));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("There are more than 16 parts");
  }

  @ParameterizedTest
  @ValueSource(ints = {2_100, 10_000, 100_000, 1_000_000, 3_000_000})
  void headersOfAPartAreBounded(int length) throws Exception {
    String body =
        "--b\r\nContent-Disposition: form-data; name=\"i\"; filename=\"%s\"\r\n\r\nx\r\n--b--\r\n"
            .formatted("f".repeat(length));

    HttpResponse<String> answer =
        post("/classify", "multipart/form-data; boundary=b", "identity", utf8(body));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("malformed");
  }

  private static byte[] tiny(int parts) {
    return utf8(
        "--b\r\nContent-Disposition: form-data; name=\"i\"\r\n\r\n\r\n".repeat(parts)
            + "--b--\r\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "&encoding=base64", "&dtype=float16", "&normalize=l2", "&npy"})
  void answersThatNeverFitAreToldSoBeforeTheyAreComputed(String how) throws Exception {
    String path = "/features?layer=stem" + how.replace("&npy", "");
    String accept = how.equals("&npy") ? "application/x-npy" : "application/json";

    assertThat(features(path, 1, accept).statusCode()).isEqualTo(200);
    HttpResponse<String> answer = features(path, 16, accept);

    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body())
        .contains("/problems/too-large", "Send fewer images in a request, or ask for less of each");
    assertThat(features(path.replace("stem", "layer1"), 16, accept).statusCode()).isEqualTo(200);
  }

  @Test
  void manyLargeAnswersAtOnceAreAnsweredOrToldToComeBack() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      answers.add(
          client.sendAsync(
              request("/features?layer=stem", 1, "application/json"), BodyHandlers.ofString()));
    }
    List<Integer> statuses = new ArrayList<>();
    for (var answer : answers) {
      statuses.add(answer.get().statusCode());
    }

    assertThat(statuses).contains(200).containsOnly(200, 429);
  }

  @Test
  void aStreamOfLargeAnswersWaitsForRoomInsteadOfFailing() throws Exception {
    try (RawStream stream = new RawStream(port, "/features?layer=stem&encoding=base64")) {
      stream.send((ITEM + "\n").repeat(20));
      stream.end();

      assertThat(stream.head()).startsWith("HTTP/1.1 200");
      for (int i = 0; i < 20; i++) {
        JsonNode line = json.readTree(stream.line());
        assertThat(line.get("error").isNull()).as("line %d", i).isTrue();
        assertThat(line.at("/features/base64").stringValue()).hasSize((MAP * 4 + 2) / 3 * 4);
      }
      assertThat(stream.line()).isNull();
    }
  }

  private HttpResponse<String> features(String path, int images, String accept) throws Exception {
    return client.send(request(path, images, accept), BodyHandlers.ofString());
  }

  private HttpRequest request(String path, int images, String accept) {
    return HttpRequest.newBuilder(uri(path))
        .header("Content-Type", "multipart/form-data; boundary=b")
        .header("Accept", accept)
        .POST(BodyPublishers.ofByteArray(multipart(images)))
        .build();
  }

  private static byte[] multipart(int images) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int i = 0; i < images; i++) {
      body.writeBytes(
          utf8("--b\r\nContent-Disposition: form-data; name=\"i\"; filename=\"a\"\r\n\r\n"));
      body.writeBytes(JPEG);
      body.writeBytes(utf8("\r\n"));
    }
    body.writeBytes(utf8("--b--\r\n"));
    return body.toByteArray();
  }

  private HttpResponse<String> post(String path, String type, String encoding, byte[] body)
      throws Exception {
    return client.send(
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", type)
            .header("Content-Encoding", encoding)
            .POST(BodyPublishers.ofByteArray(body))
            .build(),
        BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create("http://localhost:" + port + path);
  }

  private static byte[] compressed(String encoding, byte[] plain) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    if (encoding.equals("identity")) {
      return plain;
    }
    try (OutputStream out =
        encoding.equals("deflate")
            ? new DeflaterOutputStream(bytes)
            : new GZIPOutputStream(bytes)) {
      out.write(plain);
    }
    return bytes.toByteArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
