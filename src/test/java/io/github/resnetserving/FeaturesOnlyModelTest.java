package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.cli.CommandLineProgram;
import io.github.resnetserving.graph.FormulaCheckpoint;
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
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A network without a classifier beside the same one with it. */
class FeaturesOnlyModelTest {

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
    assertThat(run("models", "add", "whole", "--weights", weights.toString())).isZero();
    assertThat(run("models", "add", "trunk", "--weights", weights.toString(), "--head", "none"))
        .isZero();
    server =
        SpringApplication.run(
            ResNetServing.class,
            "--server.port=0",
            "--resnet.models-dir=" + folder.resolve("models"),
            "--resnet.default-model=trunk",
            "--resnet.models=whole");
    home =
        URI.create(
            "http://localhost:" + server.getEnvironment().getRequiredProperty("local.server.port"));
    await().atMost(Duration.ofMinutes(2)).until(() -> get("/readyz").statusCode() == 200);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void itsFeaturesAreThoseOfTheWholeNetwork() throws Exception {
    List<Double> whole = features("whole");
    List<Double> trunk = features("trunk");

    assertThat(trunk).hasSize(64);
    for (int i = 0; i < 64; i++) {
      assertThat(trunk.get(i))
          .isCloseTo(whole.get(i), within(2e-2 * Math.abs(whole.get(i)) + 1e-3));
    }
  }

  @Test
  void itsMapsAreShown() throws Exception {
    assertThat(post("/features?layer=layer2").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/classify", "/classify?top_k=1", "/explain", "/explain?class=0"})
  void whatNeedsClassesIsRefusedInASentence(String path) throws Exception {
    HttpResponse<String> answer = post(path);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer).get("detail").asString())
        .isEqualTo(
            "The model trunk has no classifier, so that it names no classes. Ask for its features, or"
                + " name another model.");
  }

  @Test
  void theListOfModelsTellsThatItHasNoLabels() throws Exception {
    JsonNode version = json(get("/models/trunk")).at("/versions/0");

    assertThat(version.get("state").asString()).isEqualTo("ready");
    assertThat(version.get("labels").asInt()).isZero();
  }

  @Test
  void theOpenInferenceProtocolHasItsFeaturesAlone() throws Exception {
    JsonNode outputs = json(get("/v2/models/trunk")).get("outputs");
    HttpResponse<String> all = infer("");
    HttpResponse<String> logits = infer(", \"outputs\": [{\"name\": \"logits\"}]");

    assertThat(outputs.size()).isEqualTo(1);
    assertThat(outputs.at("/0/name").asString()).isEqualTo("features");
    assertThat(all.statusCode()).as(all.body()).isEqualTo(200);
    assertThat(json(all).get("outputs").size()).isEqualTo(1);
    assertThat(json(all).at("/outputs/0/shape").toString()).isEqualTo("[1,64]");
    assertThat(logits.statusCode()).isEqualTo(400);
    assertThat(json(logits).get("error").asString())
        .isEqualTo(
            "There is no output logits of trunk, which has no classifier: it gives features alone.");
  }

  @Test
  void thereIsNothingToEvaluateOrToClassify() {
    assertThat(run("evaluate", "--model", "trunk", "--data", folder.toString())).isEqualTo(2);
    assertThat(run("classify", "--model", "trunk", IMAGE.toString())).isEqualTo(2);
  }

  private static int run(String... words) {
    String[] all = Arrays.copyOf(words, words.length + 2);
    all[words.length] = "--models-dir";
    all[words.length + 1] = folder.resolve("models").toString();
    return new CommandLineProgram(properties -> {}).run(all);
  }

  private static List<Double> features(String model) throws Exception {
    HttpResponse<String> answer = post("/features?model=" + model);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return json(answer)
        .at("/results/0/features/values")
        .valueStream()
        .map(JsonNode::asDouble)
        .toList();
  }

  private static HttpResponse<String> infer(String outputs) throws Exception {
    String image = Base64.getEncoder().encodeToString(Files.readAllBytes(IMAGE));
    String body =
        "{\"inputs\": [{\"name\": \"image\", \"datatype\": \"BYTES\", \"shape\": [1], \"data\": [\"%s\"]}]%s}"
            .formatted(image, outputs);
    return CLIENT.send(
        HttpRequest.newBuilder(home.resolve("/v2/models/trunk/infer"))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private static HttpResponse<String> post(String path) throws Exception {
    return CLIENT.send(
        HttpRequest.newBuilder(home.resolve(path)).POST(BodyPublishers.ofFile(IMAGE)).build(),
        BodyHandlers.ofString());
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return CLIENT.send(HttpRequest.newBuilder(home.resolve(path)).build(), BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> answer) {
    return JsonMapper.shared().readTree(answer.body());
  }
}
