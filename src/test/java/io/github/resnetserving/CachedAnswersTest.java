package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.heads.Head.Backbone;
import io.github.resnetserving.heads.Head.Kind;
import io.github.resnetserving.heads.HeadDraft;
import io.github.resnetserving.heads.HeadFitter;
import io.github.resnetserving.heads.HeadRepository;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.models.ModelSpec;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A server with a cache of outputs and two keys, over HTTP. */
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.cache.max-size=1MB",
      "resnet.access.keys[0].name=ask",
      "resnet.access.keys[0].sha256=" + AccessTest.ASK,
      "resnet.access.keys[1].name=rule",
      "resnet.access.keys[1].sha256=" + AccessTest.RULE,
      "resnet.access.keys[1].rights=infer,admin"
    })
@Timeout(120)
class CachedAnswersTest {

  private static final String MODEL = "cifar10-resnet20";
  private static final String MISS = "resnet; fwd=miss";
  private static final String HIT = "resnet; hit";

  @TempDir private static Path models;
  private final HttpClient client = HttpClient.newHttpClient();
  private final JsonMapper json = JsonMapper.shared();
  private final MeterRegistry meters;
  private final ModelRegistry registry;
  private byte[] image = {}; // another one in each test
  @LocalServerPort private int port;

  @Autowired
  CachedAnswersTest(MeterRegistry meters, ModelRegistry registry) {
    this.meters = meters;
    this.registry = registry;
  }

  @DynamicPropertySource
  static void folder(DynamicPropertyRegistry properties) {
    properties.add("resnet.models-dir", () -> models);
  }

  @BeforeEach
  void isReady() throws IOException {
    await().atMost(Duration.ofMinutes(1)).until(this::ready);
    image = withEnd(Long.toHexString(System.nanoTime()));
  }

  @Test
  void theSecondAnswerIsTheFirstAndSaysSo() throws Exception {
    double hits = count("hit");

    HttpResponse<String> first = post("/classify?logits=true", image);
    HttpResponse<String> second = post("/classify?logits=true", image);

    assertThat(status(first)).isEqualTo(MISS);
    assertThat(header(first, "Age")).isEmpty();
    assertThat(status(second)).isEqualTo(HIT);
    assertThat(header(second, "Age")).isEqualTo("0");
    assertThat(header(second, "ETag"))
        .matches("W/\"[0-9a-f]{32}\"")
        .isEqualTo(header(first, "ETag"));
    assertThat(untimed(second)).isEqualTo(untimed(first));
    assertThat(json.readTree(second.body()).at("/timing/batch_size").intValue()).isZero();
    assertThat(count("hit")).isEqualTo(hits + 1);
  }

  @Test
  void whoHasTheAnswerGetsNoBody() throws Exception {
    String tag = header(post("/classify", image), "ETag");

    HttpResponse<String> known =
        send("/classify", image, "ask-key", "If-None-Match", "\"other\", " + tag);
    HttpResponse<String> changed =
        send("/classify?top_k=1", image, "ask-key", "If-None-Match", tag);

    assertThat(known.statusCode()).isEqualTo(304);
    assertThat(known.body()).isEmpty();
    assertThat(header(known, "ETag")).isEqualTo(tag);
    assertThat(header(known, "Age")).isEqualTo("0");
    assertThat(changed.statusCode()).isEqualTo(200);
    assertThat(header(changed, "ETag")).isNotEqualTo(tag);
    assertThat(status(changed)).isEqualTo(HIT);
  }

  @Test
  void classesAndFeaturesInEveryFormShareWhatTheNetworkGave() throws Exception {
    post("/classify", image);

    for (String path :
        List.of(
            "/classify?top_k=10",
            "/classify?deadline_ms=5000",
            "/features",
            "/features?normalize=l2&dtype=float16&encoding=base64")) {
      assertThat(status(post(path, image))).as(path).isEqualTo(HIT);
    }
    for (String path : List.of("/features?layer=layer1", "/features?layer=stem")) {
      assertThat(status(post(path, image))).as(path).isEqualTo(MISS);
      assertThat(status(post(path, image))).as(path).isEqualTo(HIT);
    }
  }

  @Test
  void theFormOfAnAnswerIsInItsTag() throws Exception {
    Stream<String> tags =
        Stream.of(
                "/classify",
                "/classify?top_k=2",
                "/classify?logits=true",
                "/features",
                "/features?normalize=l2",
                "/features?dtype=float16",
                "/features?encoding=base64",
                "/features?layer=layer1")
            .map(path -> header(unchecked(path), "ETag"));

    assertThat(tags).doesNotHaveDuplicates().allMatch(tag -> tag.startsWith("W/"));
    assertThat(header(post("/classify?deadline_ms=5000", image), "ETag"))
        .isEqualTo(header(post("/classify", image), "ETag"));
  }

  @Test
  void anArrayComesFromTheCacheToo() throws Exception {
    HttpResponse<String> first = send("/features", image, "ask-key", "Accept", "application/x-npy");
    HttpResponse<String> second =
        send("/features", image, "ask-key", "Accept", "application/x-npy");
    HttpRequest conditional =
        request("/features", image, "ask-key")
            .header("Accept", "application/x-npy")
            .header("If-None-Match", header(first, "ETag"))
            .build();

    assertThat(status(second)).isEqualTo(HIT);
    assertThat(second.body()).isEqualTo(first.body()).startsWith("\uFFFDNUMPY");
    assertThat(header(post("/features", image), "ETag")).isNotEqualTo(header(first, "ETag"));
    assertThat(client.send(conditional, BodyHandlers.ofString()).statusCode()).isEqualTo(304);
  }

  @Test
  void oneKeyIsNotAnsweredWithWhatAnotherHadComputed() throws Exception {
    post("/classify", image);

    HttpResponse<String> other = send("/classify", image, "rule-key", "Accept", "*/*");

    assertThat(status(other)).isEqualTo(MISS);
  }

  @Test
  void aHeadAnswersOfKeptFeaturesAndAReplacedOneAtOnce() throws Exception {
    HeadRepository heads = new HeadRepository(models);
    post("/classify", image);
    heads.add("pets", backbone(), draft("cat", "dog"), "test");

    HttpResponse<String> first = post("/classify?head=pets", image);
    heads.add("pets", backbone(), draft("ox", "yak"), "test");
    await().until(() -> post("/classify?head=pets", image).body().contains("yak"));
    HttpResponse<String> second = post("/classify?head=pets", image);
    heads.remove(MODEL, "pets", null);

    assertThat(status(first)).isEqualTo(HIT);
    assertThat(first.body()).contains("cat", "dog");
    assertThat(status(second)).isEqualTo(HIT);
    assertThat(second.body()).contains("ox", "yak").doesNotContain("cat");
    assertThat(header(second, "ETag")).isNotEqualTo(header(first, "ETag"));
    await().until(() -> post("/classify?head=pets", image).statusCode() == 404);
  }

  @Test
  void imagesInJsonAndInLinesAreTheSameImages() throws Exception {
    post("/classify", image);
    String data = Base64.getEncoder().encodeToString(image);
    double hits = count("hit");

    HttpResponse<String> whole =
        send(
            "/classify",
            "{\"images\":[{\"data\":\"%s\"}]}".formatted(data).getBytes(StandardCharsets.UTF_8),
            "ask-key",
            "Content-Type",
            "application/json");
    HttpResponse<String> lines =
        send(
            "/classify",
            "{\"data\":\"%s\"}\n".formatted(data).getBytes(StandardCharsets.UTF_8),
            "ask-key",
            "Content-Type",
            "application/x-ndjson");

    assertThat(status(whole)).isEqualTo(HIT);
    assertThat(lines.body()).contains("\"predictions\":[{");
    assertThat(count("hit")).isEqualTo(hits + 2);
  }

  @Test
  void anAnswerWithABrokenImageHasNoTag() throws Exception {
    HttpResponse<String> broken = post("/classify", Arrays.copyOf(image, 300));

    assertThat(broken.statusCode()).isEqualTo(422);
    assertThat(header(broken, "ETag")).isEmpty();
  }

  @Test
  void theMetricsTellWhatTheCacheDoes() throws Exception {
    post("/classify", image);

    assertThat(count("miss")).isPositive();
    assertThat(meters.get("resnet.cache.limit").gauge().value()).isEqualTo(1024 * 1024);
    assertThat(meters.get("resnet.cache.entries").gauge().value()).isPositive();
    assertThat(meters.get("resnet.cache.size").gauge().value()).isBetween(600.0, 1024 * 1024.0);
    assertThat(meters.get("resnet.cache.evicted").functionCounter().count()).isNotNegative();
  }

  private double count(String result) {
    return meters.get("resnet.cache.images").tag("result", result).functionCounter().count();
  }

  private boolean ready() throws IOException, InterruptedException {
    URI readyz = URI.create("http://localhost:" + port + "/readyz");
    return client
            .send(HttpRequest.newBuilder(readyz).build(), BodyHandlers.discarding())
            .statusCode()
        == 200;
  }

  private Backbone backbone() {
    ModelSpec spec =
        registry.versions(MODEL).stream()
            .map(state -> ((ModelState.Ready) state).model().spec())
            .findFirst()
            .orElseThrow();
    return Backbone.of(spec, "fp32");
  }

  private static HeadDraft draft(String one, String other) throws Exception {
    HeadFitter fitter = new HeadFitter();
    for (int i = 0; i < 6; i++) {
      float[] features = new float[64];
      features[0] = i < 3 ? i : 10 + i;
      fitter.add(features, i < 3 ? one : other);
    }
    return fitter.fit(Kind.LINEAR, 1);
  }

  /** The temple, with bytes behind its end that no decoder reads. */
  private static byte[] withEnd(String end) throws IOException {
    byte[] temple = Files.readAllBytes(Path.of("src/test/resources/temple.jpg"));
    byte[] more = end.getBytes(StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(temple, temple.length + more.length);
    System.arraycopy(more, 0, all, temple.length, more.length);
    return all;
  }

  private HttpResponse<String> unchecked(String path) {
    try {
      return post(path, image);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private HttpResponse<String> post(String path, byte[] body) throws Exception {
    return send(path, body, "ask-key", "Accept", "application/json");
  }

  private HttpResponse<String> send(
      String path, byte[] body, String key, String header, String value) throws Exception {
    return client.send(
        request(path, body, key).header(header, value).build(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path, byte[] body, String key) {
    return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
        .header("Authorization", "Bearer " + key)
        .POST(BodyPublishers.ofByteArray(body));
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static String status(HttpResponse<?> response) {
    return header(response, "Cache-Status");
  }

  private JsonNode untimed(HttpResponse<String> response) {
    var answer = (ObjectNode) json.readTree(response.body());
    answer.remove("timing");
    return answer;
  }
}
