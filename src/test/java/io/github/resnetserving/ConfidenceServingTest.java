package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.cli.CommandLineProgram;
import io.github.resnetserving.confidence.ConfidenceFile;
import io.github.resnetserving.confidence.ConfidenceFile.NoveltyReference;
import io.github.resnetserving.confidence.ConfidenceFile.Quality;
import io.github.resnetserving.confidence.Reference;
import io.github.resnetserving.graph.FormulaCheckpoint;
import io.github.resnetserving.models.Digest;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.resnet.ResNet;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One network with a stored temperature of 4, the same without one, and with one of others. */
class ConfidenceServingTest {

  private static final double TEMPERATURE = 4;
  private static final Path IMAGE = Path.of("src/test/resources/horse.webp");

  @TempDir private static Path folder;
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static ConfigurableApplicationContext server;
  private static URI home;

  @BeforeAll
  static void serve() throws Exception {
    Path weights =
        FormulaCheckpoint.write(
            folder.resolve("net.safetensors"), "cifar-resnet8", /* classes= */ 3);
    for (String name : List.of("plain", "calibrated", "foreign")) {
      assertThat(run("models", "add", name, "--weights", weights.toString())).isZero();
    }
    store("calibrated", null);
    store("foreign", "sha256:00");
    server =
        SpringApplication.run(
            ResNetServing.class,
            "--server.port=0",
            "--resnet.models-dir=" + folder.resolve("models"),
            "--resnet.default-model=calibrated",
            "--resnet.models=plain,foreign");
    home =
        URI.create(
            "http://localhost:" + server.getEnvironment().getRequiredProperty("local.server.port"));
    await().atMost(Duration.ofMinutes(2)).until(() -> get("/readyz").statusCode() == 200);
  }

  private static void store(String name, @Nullable String otherWeights) throws Exception {
    ModelSpec model = new ModelRepository(folder.resolve("models")).find(name, "1").orElseThrow();
    Quality quality = new Quality(1, 0.1);
    double third = 1.0 / 3;
    new ConfidenceFile(
            otherWeights == null ? model.digest() : otherWeights,
            model.preprocessing().id(),
            "fp32",
            1000,
            TEMPERATURE,
            quality,
            quality,
            0.9,
            Arrays.asList(0.999, 0.999, null),
            new NoveltyReference("energy", 0, null, List.of(-1e9, 1e9)),
            new Reference(Collections.nCopies(Reference.BINS, 0.1), List.of(third, third, third)))
        .write(model);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void probabilitiesAreTheSoftmaxAtTheTemperatureAndTheAnswerSaysSo() throws Exception {
    JsonNode answer = classify("?logits=true");
    double[] expected = softmax(answer.at("/results/0/logits"), TEMPERATURE);

    for (JsonNode prediction : answer.at("/results/0/predictions")) {
      assertThat(prediction.get("probability").asDouble())
          .isCloseTo(expected[prediction.get("index").asInt()], within(1e-8));
    }
    assertThat(answer.at("/model/calibration/temperature").asDouble()).isEqualTo(TEMPERATURE);
    assertThat(answer.at("/model/calibration/digest").asString())
        .isEqualTo(
            "sha256:" + Digest.sha256(folder.resolve("models/calibrated/1/confidence.json")));
    assertThat(answer.at("/results/0/novelty").asDouble()).isEqualTo(0.5);
    assertThat(answer.at("/results/0/abstain").asBoolean()).isTrue();
  }

  @Test
  void thePlainSoftmaxIsGivenOnRequestInTheSameOrder() throws Exception {
    JsonNode plain = classify("?calibrated=false&logits=true");
    JsonNode calibrated = classify("");
    double[] expected = softmax(plain.at("/results/0/logits"), 1);

    for (int i = 0; i < 3; i++) {
      JsonNode prediction = plain.at("/results/0/predictions").get(i);
      int index = prediction.get("index").asInt();
      assertThat(prediction.get("probability").asDouble()).isCloseTo(expected[index], within(1e-8));
      assertThat(calibrated.at("/results/0/predictions").get(i).get("index").asInt())
          .isEqualTo(index);
    }
    assertThat(plain.at("/model").has("calibration")).isFalse();
    assertThat(plain.at("/results/0").has("abstain")).isFalse();
  }

  @Test
  void aModelForWhichNothingIsStoredAnswersAsBefore() throws Exception {
    for (String name : List.of("plain", "foreign")) {
      JsonNode answer = classify("?model=" + name);

      assertThat(answer.get("model").propertyNames())
          .containsExactlyInAnyOrder(
              "name", "version", "weights", "preprocessing", "precision", "deterministic");
      assertThat(answer.at("/results/0").propertyNames())
          .containsExactlyInAnyOrder("id", "predictions", "image", "error");
      assertThat(answer.at("/results/0/predictions"))
          .isEqualTo(classify("?calibrated=false").at("/results/0/predictions"));
    }
  }

  @Test
  void aRequestSaysBelowWhatAnswersAbstain() throws Exception {
    for (String query : List.of("?", "?model=plain&", "?calibrated=false&")) {
      assertThat(classify(query + "abstain_below=0").at("/results/0/abstain").asBoolean())
          .isFalse();
      assertThat(classify(query + "abstain_below=1.0").at("/results/0/abstain").asBoolean())
          .isTrue();
    }
  }

  @Test
  void wrongParametersAreRefusedInASentence() throws Exception {
    assertThat(detail("?abstain_below=2"))
        .isEqualTo(
            "abstain_below is 2.0: it is compared with a probability, so it must be between 0 and"
                + " 1.");
    assertThat(detail("?abstain_below=NaN"))
        .isEqualTo("abstain_below is NaN: it must be a decimal number.");
    assertThat(detail("?calibrated=maybe"))
        .isEqualTo("calibrated is maybe: it must be false or true.");
    assertThat(detail("?model=plain&calibrated=true"))
        .isEqualTo(
            "calibrated is true, but no temperature is stored with plain. Run calibrate --labels,"
                + " or leave the parameter out.");
  }

  @Test
  void theLibraryFollowsTheSameRule() throws Exception {
    byte[] image = Files.readAllBytes(IMAGE);
    Path path = folder.resolve("models/calibrated/1");
    try (ResNet calibrated = ResNet.open(path);
        ResNet plain = ResNet.builder().plain(true).open(path)) {
      assertThat(calibrated.classify(image, 1).getFirst().probability())
          .isCloseTo(first(classify("")), within(1e-5));
      assertThat(plain.classify(image, 1).getFirst().probability())
          .isCloseTo(first(classify("?calibrated=false")), within(1e-5));
    }
  }

  @Test
  void theMetricsShowConfidenceNoveltyAndClasses() throws Exception {
    classify("");

    assertThat(get("/actuator/prometheus").body())
        .contains(
            "resnet_confidence_ratio_bucket{model=\"calibrated\",version=\"1\",le=\"0.9\"}",
            "resnet_novelty_ratio_bucket{model=\"calibrated\",version=\"1\",le=\"0.5\"}",
            "resnet_answers_images_total{class=\"class_",
            "resnet_drift{model=\"calibrated\",of=\"novelty\",version=\"1\"} NaN",
            "resnet_drift{model=\"calibrated\",of=\"confidence\",version=\"1\"} NaN",
            "resnet_drift{model=\"calibrated\",of=\"classes\",version=\"1\"} NaN")
        .doesNotContain("resnet_drift{model=\"plain\"", "resnet_drift{model=\"foreign\"");
  }

  @Test
  void verifyFailsWhereTheFileBelongsToOtherWeights() {
    assertThat(run("models", "verify", "calibrated")).isZero();
    assertThat(run("models", "verify", "foreign")).isOne();
  }

  private static double first(JsonNode answer) {
    return answer.at("/results/0/predictions/0/probability").asDouble();
  }

  private static double[] softmax(JsonNode logits, double temperature) {
    double[] powers = new double[logits.size()];
    for (int i = 0; i < powers.length; i++) {
      powers[i] = Math.exp(logits.get(i).asDouble() / temperature);
    }
    double sum = Arrays.stream(powers).sum();
    return Arrays.stream(powers).map(power -> power / sum).toArray();
  }

  private static int run(String... args) {
    String[] all = Arrays.copyOf(args, args.length + 1);
    all[args.length] = "--models-dir=" + folder.resolve("models");
    return new CommandLineProgram(properties -> {}).run(all);
  }

  private static String detail(String query) throws Exception {
    HttpResponse<String> answer = post(query);
    assertThat(answer.statusCode()).isEqualTo(400);
    return new JsonMapper().readTree(answer.body()).get("detail").asString();
  }

  private static JsonNode classify(String query) throws Exception {
    HttpResponse<String> answer = post(query);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return new JsonMapper().readTree(answer.body());
  }

  private static HttpResponse<String> post(String query) throws Exception {
    return CLIENT.send(
        HttpRequest.newBuilder(home.resolve("/classify" + query))
            .header("Content-Type", "image/webp")
            .POST(BodyPublishers.ofFile(IMAGE))
            .build(),
        BodyHandlers.ofString());
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return CLIENT.send(HttpRequest.newBuilder(home.resolve(path)).build(), BodyHandlers.ofString());
  }
}
