package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.download.ModelFetcher;
import io.github.resnetserving.serving.ModelServer;
import io.github.resnetserving.tensor.NetworkInput;
import io.github.resnetserving.tensor.NetworkOutput;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole service on a port of its own, in front of a network that always says the same. */
@SpringBootTest(
    classes = {ServingConfiguration.class, ServingTest.Models.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=net",
      "resnet.limits.max-body=100KB",
      "resnet.limits.max-images=3",
      "server.tomcat.connection-timeout=300ms"
    })
@Timeout(60)
class ServingTest {

  private static final byte[] JPEG = jpeg();
  private static final byte[] TEXT = "This is no image.".getBytes(StandardCharsets.UTF_8);

  private final HttpClient client = HttpClient.newHttpClient();
  private final JsonMapper json = JsonMapper.shared();
  @LocalServerPort private int port;

  /** Two models, one of which answers. */
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
      return () -> {
        server.serve(
            spec("net"),
            () -> new PlanReport("fused", "fp32", 1, List.of()),
            Models::run,
            /* intermediates= */ null,
            () -> {});
        server.require("slow");
        server.starting(spec("slow"), ModelState.Starting.Phase.LOADING);
      };
    }

    static List<NetworkOutput> run(List<NetworkInput> inputs) {
      float[] logits = {0, 0, 0, 0, 0, 0, 0, (float) Math.log(3), 0, 0};
      return inputs.stream().map(input -> new NetworkOutput(logits, new float[] {3, 4})).toList();
    }

    static ModelSpec spec(String name) {
      return new ModelSpec(
          name,
          "1",
          URI.create("file:/weights"),
          "sha256:" + "0".repeat(64),
          Variant.V1_5,
          Preprocessing.CIFAR,
          Labels.numbered(10));
    }
  }

  @Test
  void theBytesOfAnImageAreClassifiedWhateverTheirTypeSays() throws Exception {
    for (String type :
        List.of(
            "image/jpeg",
            "image/png",
            "application/octet-stream",
            "application/x-www-form-urlencoded",
            "text/plain",
            "no type at all")) {
      JsonNode answer = ok(post("/classify?top_k=2", type, JPEG));

      assertThat(answer.at("/results/0/image").toString())
          .isEqualTo("{\"format\":\"jpeg\",\"width\":500,\"height\":375}");
    }
  }

  @Test
  void anAnswerHasTheFieldsOfTheContract() throws Exception {
    JsonNode answer = ok(post("/classify?top_k=2", "image/jpeg", JPEG));

    assertThat(answer.get("model").toString())
        .isEqualTo(
            "{\"name\":\"net\",\"version\":\"1\",\"weights\":\"sha256:"
                + "0".repeat(64)
                + "\",\"preprocessing\":\"resize32-bilinear-crop32-norm75e2c565\",\"precision\":\"fp32\","
                + "\"deterministic\":false}");
    JsonNode result = answer.at("/results/0");
    assertThat(result.propertyNames()).containsExactly("id", "predictions", "image", "error");
    assertThat(result.get("id").isNull()).isTrue();
    assertThat(result.get("error").isNull()).isTrue();
    assertThat(result.get("predictions")).hasSize(2);
    JsonNode best = result.at("/predictions/0");
    assertThat(best.propertyNames()).containsExactly("index", "wnid", "label", "probability");
    assertThat(best.get("index").intValue()).isEqualTo(7);
    assertThat(best.get("wnid").isNull()).isTrue();
    assertThat(best.get("label").stringValue()).isEqualTo("class_7");
    assertThat(best.get("probability").doubleValue()).isCloseTo(0.25, offset(1e-7));
    assertThat(answer.get("timing").propertyNames())
        .containsExactly("decode_ms", "queue_ms", "inference_ms", "total_ms", "batch_size");
    assertThat(answer.at("/timing/batch_size").intValue()).isEqualTo(1);
  }

  @Test
  void logitsComeOnRequest() throws Exception {
    JsonNode answer = ok(post("/classify?logits=true", "image/jpeg", JPEG));

    assertThat(answer.at("/results/0/logits")).hasSize(10);
    assertThat(answer.at("/results/0/predictions")).hasSize(5);
  }

  @Test
  void partsKeepTheirOrderAndFileNamesAndABadOneFailsInPlace() throws Exception {
    byte[] body =
        multipart(
            part("image", "a.jpg", JPEG), part("anything", "b.txt", TEXT), part("c", null, JPEG));

    JsonNode results = ok(post("/classify", MULTIPART, body)).get("results");

    assertThat(results).hasSize(3);
    assertThat(results.at("/0/id").stringValue()).isEqualTo("a.jpg");
    assertThat(results.at("/0/predictions")).hasSize(5);
    assertThat(results.at("/1/id").stringValue()).isEqualTo("b.txt");
    assertThat(results.at("/1/predictions").isNull()).isTrue();
    assertThat(results.at("/1/error/type").stringValue()).isEqualTo("/problems/unsupported-image");
    assertThat(results.at("/2/id").isNull()).isTrue();
    assertThat(results.at("/2/predictions")).hasSize(5);
  }

  @Test
  void imagesMayComeAsBase64InJson() throws Exception {
    String data = Base64.getEncoder().encodeToString(JPEG);
    JsonNode results =
        ok(postJson(
                "{\"images\":[{\"data\":\"%s\"},{\"id\":\"x\",\"data\":\"%s\"}]}"
                    .formatted(data, data)))
            .get("results");

    assertThat(results).hasSize(2);
    assertThat(results.at("/1/id").stringValue()).isEqualTo("x");
  }

  @Test
  void jsonThatIsNotAsExpectedIsABadRequest() throws Exception {
    problem(postJson("{\"images\":[{\"data\":\"%\"}]}"), 400, "bad-request", "images[0].data is");
    problem(postJson("{\"images\":[{}]}"), 400, "bad-request", "images[0].data is missing");
    problem(postJson("{\"images\":[]}"), 400, "bad-request", "The body is empty.");
    problem(postJson("{}"), 400, "bad-request", "The body has no images.");
    problem(postJson("{"), 400, "bad-request", "The body is not the JSON");
    problem(postJson(""), 400, "bad-request", "The body is not the JSON");
    problem(
        postJson("{\"images\":[{\"url\":\"http://localhost/\"}]}"),
        403,
        "url-not-allowed",
        "images[0].url");
  }

  @Test
  void featuresComeAsNumbersOrAsBytes() throws Exception {
    assertThat(features("").toString())
        .isEqualTo("{\"layer\":\"pool\",\"shape\":[2],\"dtype\":\"float32\",\"values\":[3.0,4.0]}");
    assertThat(features("?normalize=l2&layer=pool").get("values").toString())
        .isEqualTo("[0.6,0.8]");
    assertThat(features("?normalize=l2&dtype=float16").get("values").toString())
        .isEqualTo("[0.60009766,0.7998047]");
    assertThat(features("?encoding=base64").toString())
        .isEqualTo(
            "{\"layer\":\"pool\",\"shape\":[2],\"dtype\":\"float32\",\"base64\":\"AABAQAAAgEA=\"}");
    assertThat(features("?encoding=base64&dtype=float16").get("base64").stringValue())
        .isEqualTo("AEIARA==");
  }

  @Test
  void aSingleImageThatFailsAnswersWithItsStatus() throws Exception {
    HttpResponse<String> response = post("/classify", "image/jpeg", TEXT);

    JsonNode problem = problem(response, 415, "unsupported-image", "");
    assertThat(problem.propertyNames())
        .containsExactly("type", "title", "status", "detail", "instance", "request_id");
    assertThat(problem.get("instance").stringValue()).isEqualTo("/classify");
  }

  @Test
  void anEmptyBodyIsABadRequest() throws Exception {
    problem(post("/classify", "image/jpeg", new byte[0]), 400, "bad-request", "The body is empty");
    problem(post("/classify", MULTIPART, multipart()), 400, "bad-request", "The body is empty");
    problem(
        post("/classify", "multipart/form-data", JPEG),
        400,
        "bad-request",
        "The Content-Type multipart/form-data has no boundary");
    problem(
        post("/classify", MULTIPART, "--boundary\r\nx".getBytes(StandardCharsets.UTF_8)),
        400,
        "bad-request",
        "The multipart body is malformed");
  }

  @Test
  void moreImagesThanAllowedAreABadRequest() throws Exception {
    String part = part("image", "a.jpg", JPEG);

    problem(
        post("/classify", MULTIPART, multipart(part, part, part, part)),
        400,
        "bad-request",
        "There are more than 3 parts: a request may have at most 3 images.");
  }

  @Test
  void parametersNameTheirAllowedValues() throws Exception {
    wrong("/classify?top_k=0", "top_k is 0: net has 10 classes, so it must be between 1 and 10.");
    wrong("/classify?top_k=11", "top_k is 11: net has 10 classes, so it must be between 1 and 10.");
    wrong("/classify?top_k=five", "top_k is five: it must be a whole number.");
    wrong("/classify?logits=maybe", "logits is maybe: it must be false or true.");
    wrong("/classify?deadline_ms=0", "deadline_ms is 0: it must be a whole number between 1 and");
    wrong("/classify?topk=5", "There is no parameter topk here. Allowed: model, version,");
    wrong("/classify?top_k=1&top_k=2", "The parameter top_k is given twice.");
    wrong("/features?layer=stem", "layer is stem: net has only pool.");
    wrong("/features?layer=layer5", "layer is layer5: it must be pool or stem or layer1 or");
    wrong("/classify?crop=ten", "crop is ten: net resizes images to 32 pixels and looks at all");
    wrong("/features?dtype=int8", "dtype is int8: it must be float32 or float16.");
    wrong("/features?encoding=", "encoding is empty: it must be json or base64.");
    wrong("/features?normalize=l1", "normalize is l1: it must be none or l2.");
  }

  @Test
  void unknownModelsAndVersionsAreNotFound() throws Exception {
    problem(
        post("/classify?model=nought", "image/jpeg", JPEG),
        404,
        "unknown-model",
        "There is no model nought. There are: net, slow.");
    problem(
        post("/features?version=2", "image/jpeg", JPEG),
        404,
        "unknown-version",
        "The model net has no version 2. There are: 1.");
  }

  @Test
  void aModelThatIsLoadingAsksToComeBack() throws Exception {
    HttpResponse<String> response = post("/classify?model=slow", "image/jpeg", JPEG);

    problem(response, 503, "not-ready", "The model slow is not ready: it is loading.");
    assertThat(response.headers().firstValue("Retry-After")).hasValue("5");
  }

  @Test
  void anyOtherAcceptGetsJson() throws Exception {
    HttpResponse<String> response =
        send(
            HttpRequest.newBuilder(uri("/classify"))
                .header("Accept", "text/html")
                .POST(BodyPublishers.ofByteArray(JPEG)));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
  }

  @Test
  void otherPathsAndMethodsAreProblems() throws Exception {
    problem(get("/nought"), 404, "not-found", "There is nothing at this path.");
    HttpResponse<String> response = get("/classify");
    problem(response, 405, "method-not-allowed", "GET is not allowed here, only POST.");
    assertThat(response.headers().firstValue("Allow")).hasValue("POST");
    problem(get("/models/nought"), 404, "unknown-model", "There is no model nought.");
  }

  @Test
  void aBodyThatIsDeclaredTooLargeIsRefusedBeforeItIsSent() throws Exception {
    for (String type : List.of("image/jpeg", MULTIPART, "application/json")) {
      String answer =
          exchange(
              "POST /classify HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\n".formatted(type)
                  + "Expect: 100-continue\r\nContent-Length: 102401\r\n\r\n");

      assertThat(answer).startsWith("HTTP/1.1 413 ").contains("\"/problems/too-large\"");
    }
  }

  @Test
  void aBodyOfUnknownLengthIsRefusedOnceItIsTooLarge() throws Exception {
    byte[] large = new byte[110_000];
    HttpResponse<String> response =
        send(
            HttpRequest.newBuilder(uri("/classify"))
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large))));

    problem(response, 413, "too-large", "The body is larger than 102400 bytes.");
    HttpResponse<String> parts =
        send(
            HttpRequest.newBuilder(uri("/classify"))
                .header("Content-Type", MULTIPART)
                .POST(
                    BodyPublishers.ofInputStream(
                        () -> new ByteArrayInputStream(multipart(part("image", null, large))))));
    problem(parts, 413, "too-large", "The body is larger than 102400 bytes.");
  }

  @Test
  void aBodyThatStopsComingIsATimeout() throws Exception {
    String head = "POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n";

    assertThat(exchange(head + "\r\nabc"))
        .startsWith("HTTP/1.1 408 ")
        .contains("\"/problems/request-timeout\"");
    assertThat(exchange(head + "Content-Type: " + MULTIPART + "\r\n\r\n--boundary\r\n"))
        .startsWith("HTTP/1.1 408 ");
  }

  @Test
  void malformedRequestsGetNoHtml() throws Exception {
    for (String request :
        List.of(
            "GET /\u0001 HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /a|b HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
            "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /%2e%2e/%2f HTTP/1.1\r\nHost: x\r\n\r\n",
            "TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            "POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")) {
      String answer = exchange(request);

      assertThat(answer).startsWith("HTTP/1.1 4").doesNotContainIgnoringCase("<html");
      assertThat(answer.contains("application/problem+json") || answer.endsWith("\r\n\r\n"))
          .as(answer)
          .isTrue();
    }
  }

  @Test
  void aWellFormedRequestIdIsEchoedAndAnotherReplaced() throws Exception {
    var given = HttpRequest.newBuilder(uri("/nought")).header("X-Request-Id", "abc-1.2");
    HttpResponse<String> response = send(given);
    assertThat(response.headers().firstValue("X-Request-Id")).hasValue("abc-1.2");
    assertThat(json.readTree(response.body()).get("request_id").stringValue()).isEqualTo("abc-1.2");

    var bad = HttpRequest.newBuilder(uri("/nought")).header("X-Request-Id", "a b");
    assertThat(send(bad).headers().firstValue("X-Request-Id").orElseThrow())
        .matches("[0-9a-f-]{36}");
  }

  @Test
  void modelsTellWhereTheyStand() throws Exception {
    JsonNode models = ok(get("/models")).get("models");

    assertThat(models).hasSize(2);
    assertThat(models.get(0)).isEqualTo(ok(get("/models/net")));
    assertThat(models.get(0).toString())
        .isEqualTo(
            "{\"name\":\"net\",\"default\":true,\"versions\":[{\"version\":\"1\","
                + "\"state\":\"ready\",\"reason\":null,\"progress\":null,\"weights\":\"sha256:"
                + "0".repeat(64)
                + "\",\"labels\":10,\"input\":{\"height\":32,\"width\":32,"
                + "\"preprocessing\":\"resize32-bilinear-crop32-norm75e2c565\","
                + "\"mean\":[0.4914,0.4822,0.4465],\"std\":[0.247,0.2435,0.2616]},"
                + "\"precision\":\"fp32\",\"device\":\"cpu\",\"deterministic\":false,"
                + "\"plans\":[]}],\"heads\":[]}");
    assertThat(models.at("/1/versions/0/state").stringValue()).isEqualTo("loading");
  }

  @Test
  void probesTellLivenessFromReadiness() throws Exception {
    assertThat(get("/livez").statusCode()).isEqualTo(200);
    assertThat(get("/readyz").statusCode()).as("one that is required is loading").isEqualTo(503);
  }

  @Test
  void theClassesOfAModelAreListed() throws Exception {
    JsonNode answer = json.readTree(get("/models/net/classes").body());
    assertThat(answer.get("version").stringValue()).isEqualTo("1");
    assertThat(answer.get("classes")).hasSize(10);
    assertThat(answer.at("/classes/7").toString())
        .isEqualTo("{\"index\":7,\"wnid\":null,\"label\":\"class_7\"}");
    assertThat(json.readTree(get("/models/net/classes?version=1").body())).isEqualTo(answer);
    HttpResponse<String> unknown = get("/models/none/classes");
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(unknown.body()).contains("/problems/unknown-model");
    HttpResponse<String> unknownVersion = get("/models/net/classes?version=2");
    assertThat(unknownVersion.statusCode()).isEqualTo(404);
    assertThat(unknownVersion.body())
        .contains("/problems/unknown-version", "The model net has no version 2. There are: 1.");
    HttpResponse<String> nameless = get("/models/net/classes?=1");
    assertThat(nameless.statusCode()).isEqualTo(400);
    assertThat(nameless.body()).contains("/problems/bad-request", "a parameter without a name");
  }

  @Test
  void aModelWithoutACardIsFoundToHaveNone() throws Exception {
    HttpResponse<String> none = get("/models/net/card");
    assertThat(none.statusCode()).isEqualTo(404);
    assertThat(none.body())
        .contains("/problems/not-found", "The model net has no card")
        .doesNotContain("file:");
    assertThat(get("/models/none/card").body()).contains("/problems/unknown-model");
    assertThat(get("/models/net/card?version=2").body()).contains("/problems/unknown-version");
  }

  @Test
  void metricsDocumentsAndThePageAreServed() throws Exception {
    ok(post("/classify", "image/jpeg", JPEG));

    assertThat(get("/actuator/prometheus").body())
        .contains("resnet_images_total{model=\"net\",outcome=\"success\",version=\"1\"}");
    assertThat(get("/v3/api-docs").statusCode()).isEqualTo(200);
    HttpResponse<String> documents = get("/swagger-ui.html");
    assertThat(documents.statusCode()).isEqualTo(302);
    assertThat(documents.headers().firstValue("Location"))
        .as("below any prefix")
        .hasValue("swagger-ui/index.html");
    assertThat(get("/swagger-ui/swagger-initializer.js").body())
        .contains("\"configUrl\" : \"../v3/api-docs/swagger-config\"");
    assertThat(json.readTree(get("/v3/api-docs/swagger-config").body()).get("url").stringValue())
        .isEqualTo("../v3/api-docs");
    HttpResponse<String> page = get("/");
    assertThat(page.body()).contains("<title>ResNet Serving</title>");
    assertThat(get("/page/limits.json").body())
        .isEqualTo("{\"max_images\":3,\"max_body_bytes\":102400,\"background\":\"#ffffff\"}");
  }

  @Test
  void browsersAreToldHowLittleAnAnswerMayDo() throws Exception {
    for (String path : List.of("/", "/index.html", "/page/main.js", "/page/page.css")) {
      HttpHeaders page = get(path).headers();
      assertThat(page.firstValue("Content-Security-Policy"))
          .as(path)
          .hasValue(
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
                  + " connect-src 'self'; base-uri 'none'; form-action 'none';"
                  + " frame-ancestors 'none'; require-trusted-types-for 'script';"
                  + " trusted-types 'none'");
      assertThat(page.firstValue("Cross-Origin-Resource-Policy")).hasValue("same-origin");
      assertThat(page.firstValue("Cache-Control")).hasValue("no-cache");
      assertThat(page.firstValue("Last-Modified")).isEmpty();
    }
    for (String path : List.of("/", "/models", "/swagger-ui/index.html", "/nothing")) {
      HttpHeaders any = get(path).headers();
      assertThat(any.firstValue("X-Content-Type-Options")).as(path).hasValue("nosniff");
      assertThat(any.firstValue("Referrer-Policy")).as(path).hasValue("no-referrer");
      assertThat(any.firstValue("Content-Security-Policy").orElseThrow())
          .as(path)
          .startsWith("default-src 'none'; ")
          .contains("frame-ancestors 'none'");
    }
    assertThat(get("/models").headers().firstValue("Content-Security-Policy"))
        .hasValue("default-src 'none'; frame-ancestors 'none'");
  }

  @Test
  void withoutAnEndpointNoTraceLeavesTheProcess(@Autowired ApplicationContext context) {
    assertThat(context.getBeanNamesForType(SpanExporter.class)).isEmpty();
    assertThat(context.getBeanNamesForType(LogRecordExporter.class)).isEmpty();
  }

  private static final String MULTIPART = "multipart/form-data; boundary=boundary";

  private static String part(String name, @Nullable String fileName, byte[] content) {
    return "--boundary\r\nContent-Disposition: form-data; name=\"%s\"%s\r\n\r\n%s\r\n"
        .formatted(
            name,
            fileName == null ? "" : "; filename=\"%s\"".formatted(fileName),
            new String(content, StandardCharsets.ISO_8859_1));
  }

  private static byte[] multipart(String... parts) {
    return (String.join("", parts) + "--boundary--\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] jpeg() {
    try {
      var out = new ByteArrayOutputStream();
      ImageIO.write(new BufferedImage(500, 375, BufferedImage.TYPE_INT_RGB), "jpg", out);
      return out.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private JsonNode features(String query) throws Exception {
    return ok(post("/features" + query, "image/jpeg", JPEG)).at("/results/0/features");
  }

  private void wrong(String path, String detail) throws Exception {
    problem(post(path, "image/jpeg", JPEG), 400, "bad-request", detail);
  }

  private JsonNode problem(HttpResponse<String> response, int status, String type, String detail) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    JsonNode problem = json.readTree(response.body());
    assertThat(problem.get("type").stringValue()).isEqualTo("/problems/" + type);
    assertThat(problem.get("status").intValue()).isEqualTo(status);
    assertThat(problem.get("detail").stringValue()).startsWith(detail);
    return problem;
  }

  private JsonNode ok(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return json.readTree(response.body());
  }

  private HttpResponse<String> postJson(String body) throws Exception {
    return post("/classify", "application/json", body.getBytes(StandardCharsets.UTF_8));
  }

  private HttpResponse<String> post(String path, String type, byte[] body) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofByteArray(body));
    if (type.contains("/")) {
      request.header("Content-Type", type);
    }
    return send(request);
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)).GET());
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create("http://localhost:" + port + path);
  }

  /** Sends bytes as they are and reads until the server closes. */
  private String exchange(String request) throws IOException {
    try (Socket socket = new Socket("localhost", port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }
}
