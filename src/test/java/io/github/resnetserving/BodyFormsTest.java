package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.models.download.ModelFetcher;
import io.github.resnetserving.serving.ModelServer;
import io.github.resnetserving.tensor.IntermediateOutput;
import io.github.resnetserving.tensor.IntermediateOutput.ClassActivationMap;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.github.resnetserving.tensor.IntermediateRequest;
import io.github.resnetserving.tensor.NetworkInput;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Crops, layers, maps, arrays and streams, in front of a network that tells what it was shown. */
@SpringBootTest(
    classes = {ServingConfiguration.class, BodyFormsTest.Models.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=net",
      "resnet.limits.max-body=20KB",
      "resnet.limits.max-images=3",
      "resnet.url.allowed-hosts=nothing.invalid,localhost",
      "server.tomcat.connection-timeout=400ms"
    })
@Timeout(60)
class BodyFormsTest {

  private static final int BLUE = 0x0000ff;
  private static final byte[] PNG = png(100, 50);
  private static final String DATA = Base64.getEncoder().encodeToString(PNG);

  private final HttpClient client = HttpClient.newHttpClient();
  private final JsonMapper json = JsonMapper.shared();
  @LocalServerPort private int port;

  /** One whose input is the middle of a larger image. */
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
              new ModelSpec(
                  "net",
                  "1",
                  URI.create("file:/weights"),
                  "sha256:0",
                  Variant.V1_5,
                  new Preprocessing(50, Interpolation.BILINEAR, 40, Normalization.IMAGENET),
                  Labels.numbered(2)),
              () -> new PlanReport("fused", "fp32", 1, List.of()),
              Models::run,
              new ModelServer.Intermediates(List.of(2L, 2L, 2L), Models::intermediates),
              () -> {});
    }

    /** The logit of class 1 is the blue of the crop's first pixel. */
    static List<NetworkOutput> run(List<NetworkInput> inputs) {
      return inputs.stream()
          .map(Pixels.class::cast)
          .map(crop -> new NetworkOutput(new float[] {0, blue(crop)}, new float[] {1, blue(crop)}))
          .toList();
    }

    static float blue(Pixels crop) {
      return (crop.rgb()[2] & 0xff) / 255f;
    }

    static List<IntermediateOutput> intermediates(List<IntermediateRequest> looks) {
      return looks.stream().map(Models::intermediates).toList();
    }

    static IntermediateOutput intermediates(IntermediateRequest look) {
      return switch (look) {
        case IntermediateRequest.OfStage(var _, int stage) ->
            new FeatureMap(1, 1, 2, new float[] {stage, 0.1f});
        case IntermediateRequest.OfClass(var _, int index) ->
            new ClassActivationMap(
                index == IntermediateRequest.OfClass.TOP ? 1 : index,
                1,
                2,
                new float[] {0, 1},
                0.25f,
                new float[] {0, 0.75f});
      };
    }
  }

  @Test
  void tenCropsGiveARowOfLogitsEachAndTheMeanOfTheirProbabilities() throws Exception {
    JsonNode result = ok(post("/classify?crop=ten&logits=true", PNG)).at("/results/0");

    assertThat(result.get("logits")).hasSize(10);
    double mean = 0;
    List<Double> blues = new ArrayList<>();
    for (JsonNode row : result.get("logits")) {
      double blue = row.get(1).doubleValue();
      blues.add(blue);
      mean += Math.exp(blue) / (1 + Math.exp(blue)) / 10;
    }
    // The left half is black, the right half blue: torchvision's order, then mirrored.
    assertThat(blues).containsExactly(0., 1., 0., 1., 0., 1., 0., 1., 0., 1.);
    assertThat(result.at("/predictions/0/index").intValue()).isEqualTo(1);
    assertThat(result.at("/predictions/0/probability").doubleValue()).isCloseTo(mean, within(1e-7));
  }

  @Test
  void featuresOfTenCropsAreTheirMean() throws Exception {
    assertThat(ok(post("/features?crop=ten", PNG)).at("/results/0/features/values").toString())
        .isEqualTo("[1.0,0.5]");
  }

  @Test
  void aLayerGivesItsMap() throws Exception {
    assertThat(ok(post("/features?layer=stem", PNG)).at("/results/0/features").toString())
        .isEqualTo(
            "{\"layer\":\"stem\",\"shape\":[1,1,2],\"dtype\":\"float32\",\"values\":[0.0,0.1]}");
    assertThat(ok(post("/features?layer=layer2", PNG)).at("/results/0/features/values").toString())
        .isEqualTo("[2.0,0.1]");
    problem(
        post("/features?layer=layer3", PNG),
        400,
        "bad-request",
        "layer is layer3: net has pool, stem, layer1, layer2.");
  }

  @Test
  void anExplanationIsAMapWhoseMeanAndBiasAreTheLogit() throws Exception {
    JsonNode answer = ok(post("/explain", PNG));

    assertThat(answer.propertyNames())
        .containsExactly("model", "class", "logit", "bias", "map", "region", "image", "timing");
    assertThat(answer.get("class").propertyNames())
        .containsExactly("index", "wnid", "label", "probability");
    assertThat(answer.at("/class/index").intValue()).isEqualTo(1);
    assertThat(answer.at("/class/probability").doubleValue())
        .isCloseTo(Math.exp(0.75) / (1 + Math.exp(0.75)), within(1e-7));
    assertThat(answer.get("map").toString()).isEqualTo("[[0.0,1.0]]");
    assertThat(answer.get("logit").doubleValue()).isEqualTo(0.5 + 0.25);
    assertThat(answer.get("bias").doubleValue()).isEqualTo(0.25);
    assertThat(answer.get("region").toString())
        .isEqualTo("{\"left\":30.0,\"top\":5.0,\"width\":40.0,\"height\":40.0}");
    assertThat(ok(post("/explain?class=0", PNG)).at("/class/index").intValue()).isEqualTo(0);
    problem(
        post("/explain?class=2", PNG),
        400,
        "bad-request",
        "class is 2: net has 2 classes, so it must be between 0 and 1.");
    problem(
        post("/explain", "text".getBytes(StandardCharsets.UTF_8)), 415, "unsupported-image", "");
  }

  @Test
  void anExplanationMayBeDrawnOverThePhotograph() throws Exception {
    HttpResponse<byte[]> response = post("/explain", PNG, "image/png");

    assertThat(response.headers().firstValue("Content-Type")).hasValue("image/png");
    BufferedImage drawn = ImageIO.read(new ByteArrayInputStream(response.body()));
    assertThat(List.of(drawn.getWidth(), drawn.getHeight())).containsExactly(256, 128);
    // The crop covers columns 30 to 70 and rows 5 to 45 of 100 x 50; it is 2.56 times as large
    // here.
    assertThat(drawn.getRGB(75, 64) & 0xffffff).isZero();
    assertThat(drawn.getRGB(78, 64) & 0xffffff).isEqualTo(mixed(0, 0x000004));
    assertThat(drawn.getRGB(78, 11) & 0xffffff).isZero();
    assertThat(drawn.getRGB(177, 64) & 0xffffff).isEqualTo(mixed(BLUE, 0xfcffa4));
    assertThat(drawn.getRGB(181, 64) & 0xffffff).isEqualTo(BLUE);
  }

  private static int mixed(int own, int over) {
    int mixed = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      double channel = (own >> shift & 0xff) * 0.45 + (over >> shift & 0xff) * 0.55;
      mixed |= (int) Math.round(channel) << shift;
    }
    return mixed;
  }

  @Test
  void featuresComeAsOneNumpyArray() throws Exception {
    HttpResponse<byte[]> response = post("/features", PNG, "application/x-npy");

    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/x-npy");
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
    assertThat(response.body()).isEqualTo(array(header, 128, "0000803f" + "00000000"));
    assertThat(post("/features?layer=layer1&dtype=float16", PNG, "application/x-npy").body())
        .isEqualTo(
            array(
                "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 1, 1, 2), }",
                128,
                "003c" + "662e"));
    problem(
        post("/features", "text".getBytes(StandardCharsets.UTF_8), "application/x-npy"),
        415,
        "unsupported-image",
        "");
  }

  private static byte[] array(String header, int start, String values) {
    int length = start - 10;
    String text = header + " ".repeat(length - header.length() - 1) + "\n";
    return HexFormat.of()
        .parseHex(
            "934e554d5059"
                + "0100"
                + "%02x00".formatted(length)
                + HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII))
                + values);
  }

  @Test
  void anAddressIsFetchedFromAllowedHostsAtPublicAddressesOnly() throws Exception {
    problem(
        url("https://example.com/"), 403, "url-not-allowed", "images[0].url: example.com is not");
    problem(url("http://localhost/"), 403, "url-not-allowed", "images[0].url: localhost has an");
    problem(
        url("http://nothing.invalid/"), 502, "url-unreachable", "images[0].url: The image could");
    JsonNode results =
        ok(postJson(
                "{\"images\": [{\"url\": \"http://localhost/\", \"id\": \"a\"}, {\"data\": \"%s\"}]}"
                    .formatted(DATA)))
            .get("results");
    assertThat(results.at("/0/id").stringValue()).isEqualTo("a");
    assertThat(results.at("/0/error/type").stringValue()).isEqualTo("/problems/url-not-allowed");
    assertThat(results.at("/1/predictions")).hasSize(2);
  }

  private HttpResponse<byte[]> url(String address) throws Exception {
    return postJson("{\"images\": [{\"url\": \"%s\"}]}".formatted(address));
  }

  private HttpResponse<byte[]> postJson(String body) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/classify"))
            .header("Content-Type", "application/json")
            .timeout(Duration.ofSeconds(20))
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofByteArray());
  }

  @Test
  void whatIsLikedBestIsAnswered() throws Exception {
    for (String json :
        List.of(
            "*/*",
            "application/json, application/x-npy",
            "nonsense/",
            "application/x-npy;q=0.5, application/json")) {
      assertThat(post("/features", PNG, json).headers().firstValue("Content-Type"))
          .as(json)
          .hasValue("application/json");
    }
    assertThat(
            post("/features", PNG, "application/json;q=0.5, application/x-npy, */*")
                .headers()
                .firstValue("Content-Type"))
        .hasValue("application/x-npy");
  }

  @Test
  void aStreamIsAnsweredLineByLineAndWhatIsWrongStaysInItsPlace() throws Exception {
    List<String> lines =
        List.of(
            line("a", DATA),
            "{\"id\": ",
            line("c", "%"),
            "  ",
            line("d", "dGV4dA=="),
            line("e", "A".repeat(30_000)),
            "{\"id\": \"f\"}",
            "null",
            line("h", DATA));
    try (RawStream stream = new RawStream(port, "/classify?top_k=1")) {
      stream.send(String.join("\n", lines)); // the last line lacks its end
      stream.end();

      assertThat(stream.head())
          .startsWith("HTTP/1.1 200")
          .contains("Content-Type: application/x-ndjson");
      JsonNode first = json.readTree(stream.line());
      assertThat(first.propertyNames())
          .containsExactly("model", "id", "predictions", "image", "error");
      assertThat(first.at("/model/name").stringValue()).isEqualTo("net");
      assertThat(first.get("id").stringValue()).isEqualTo("a");
      assertThat(first.get("predictions")).hasSize(1);
      assertThat(error(stream)).startsWith("null bad-request Line 2 is not the JSON");
      assertThat(error(stream)).isEqualTo("\"c\" bad-request Line 3: data is not base64.");
      assertThat(error(stream)).startsWith("\"d\" unsupported-image ");
      assertThat(error(stream)).startsWith("null too-large Line 6 is longer");
      assertThat(error(stream)).startsWith("\"f\" bad-request Line 7: data is missing");
      assertThat(error(stream)).startsWith("null bad-request Line 8: data is missing");
      assertThat(json.readTree(stream.line()).get("id").stringValue()).isEqualTo("h");
      assertThat(stream.line()).isNull();
    }
  }

  private String error(RawStream stream) throws IOException {
    JsonNode line = json.readTree(stream.line());
    String detail = line.at("/error/detail").stringValue();
    return "%s %s %s"
        .formatted(
            line.get("id"),
            line.at("/error/type").stringValue().replace("/problems/", ""),
            detail.substring(0, Math.min(30, detail.length())));
  }

  @Test
  void aClientMayWaitForEachAnswer() throws Exception {
    try (RawStream stream = new RawStream(port, "/features")) {
      stream.send(line("0", DATA) + "\n");
      assertThat(stream.head()).startsWith("HTTP/1.1 200");
      for (int i = 0; i < 5; i++) {
        JsonNode answer = json.readTree(stream.line());
        assertThat(answer.get("id").stringValue()).isEqualTo(Integer.toString(i));
        assertThat(answer.at("/features/values").toString()).isEqualTo("[1.0,0.0]");
        stream.send(line(Integer.toString(i + 1), DATA) + "\n");
      }
      stream.end();
      assertThat(json.readTree(stream.line()).get("id").stringValue()).isEqualTo("5");
      assertThat(stream.line()).isNull();
    }
  }

  @Test
  void aStreamThatCannotBeAnsweredAtAllIsAProblem() throws Exception {
    try (RawStream stream = new RawStream(port, "/classify?model=nought")) {
      stream.send(line("a", DATA) + "\n");
      assertThat(stream.head())
          .startsWith("HTTP/1.1 404")
          .contains("Content-Type: application/problem+json");
    }
    try (RawStream stream = new RawStream(port, "/classify")) {
      stream.send("\n");
      stream.end();
      assertThat(stream.head()).startsWith("HTTP/1.1 400");
    }
  }

  @Test
  void aStreamThatStopsComingIsToldSo() throws Exception {
    try (RawStream stream = new RawStream(port, "/classify")) {
      stream.send(line("a", DATA) + "\n");
      stream.head();
      assertThat(json.readTree(stream.line()).get("id").stringValue()).isEqualTo("a");
      assertThat(error(stream)).startsWith("null request-timeout The body did not arrive");
    }
  }

  /** Buffers fill in both directions; then the server must not wait for ever. */
  @Test
  void aClientThatNeverReadsIsGivenUp() throws Exception {
    try (RawStream stream = new RawStream(port, "/classify?logits=true", 4096)) {
      String lines = (line("a", DATA) + "\n").repeat(1000);

      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 1000; i++) {
                  stream.send(lines);
                }
              })
          .isInstanceOf(IOException.class);
    }
    ok(post("/classify", PNG)); // what the stream held has been given back
  }

  private static String line(String id, String data) {
    return "{\"id\": \"%s\", \"data\": \"%s\"}".formatted(id, data);
  }

  /** Black on the left, blue on the right. */
  private static byte[] png(int width, int height) {
    var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = width / 2; x < width; x++) {
        image.setRGB(x, y, BLUE);
      }
    }
    try {
      var out = new ByteArrayOutputStream();
      ImageIO.write(image, "png", out);
      return out.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void problem(HttpResponse<byte[]> response, int status, String type, String detail) {
    JsonNode problem = json.readTree(response.body());
    assertThat(response.statusCode()).as(problem.toString()).isEqualTo(status);
    assertThat(problem.get("type").stringValue()).isEqualTo("/problems/" + type);
    assertThat(problem.get("detail").stringValue()).startsWith(detail);
  }

  private JsonNode ok(HttpResponse<byte[]> response) {
    JsonNode body = Objects.requireNonNull(json.readTree(response.body()));
    assertThat(response.statusCode()).as(body.toString()).isEqualTo(200);
    return body;
  }

  private HttpResponse<byte[]> post(String path, byte[] body) throws Exception {
    return post(path, body, "application/json");
  }

  private HttpResponse<byte[]> post(String path, byte[] body, String accept) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
            .header("Accept", accept)
            .timeout(Duration.ofSeconds(20))
            .POST(BodyPublishers.ofByteArray(body))
            .build(),
        BodyHandlers.ofByteArray());
  }
}
