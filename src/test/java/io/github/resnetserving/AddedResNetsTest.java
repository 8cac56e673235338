package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.checkpoint.TorchFile;
import io.github.resnetserving.cli.CommandLineProgram;
import io.github.resnetserving.engine.FormulaNetwork;
import io.github.resnetserving.graph.Architecture;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The large networks under torchvision's names, from a weights file to an answer over HTTP. */
class AddedResNetsTest {

  private static final Path REFERENCE = Path.of("../shared/reference");
  private static final List<String> NETWORKS = List.of("resnet50", "resnet101", "resnet152");

  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();

  @ParameterizedTest
  @ValueSource(strings = {"pth", "safetensors"})
  void addedWeightsAnswerAsTorchvisionDoes(String format) throws Exception {
    assumeTrue(Files.isDirectory(REFERENCE), "skipped: there are no numbers in ../shared");
    Path models = folder.resolve("models");
    for (String network : NETWORKS) {
      Path file = folder.resolve(network + "." + format);
      write(file, FormulaNetwork.weights(Architecture.named(network, 1000)));
      assertThat(
              new CommandLineProgram(properties -> {})
                  .run(
                      "models",
                      "add",
                      network,
                      "--weights",
                      file.toString(),
                      "--models-dir",
                      models.toString()))
          .isZero();
      Files.delete(file);
    }

    try (ConfigurableApplicationContext server =
        SpringApplication.run(
            ResNetServing.class,
            "--server.port=0",
            "--resnet.batching.max-batch=1",
            "--resnet.models-dir=" + models,
            "--resnet.models=" + String.join(",", NETWORKS))) {
      String port = server.getEnvironment().getRequiredProperty("local.server.port");
      URI home = URI.create("http://localhost:" + port);
      await().atMost(Duration.ofMinutes(3)).until(() -> get(home.resolve("/readyz")) == 200);
      for (String network : NETWORKS) {
        JsonNode answer = post(home.resolve("/classify?top_k=1&logits=true&model=" + network));
        double[] expected = reference("logits", network);
        assertThat(answer.at("/model/name").asString()).isEqualTo(network);
        assertThat(answer.at("/results/0/predictions/0/index").asInt())
            .isEqualTo(indexOfLargest(expected));
        assertThat(difference(answer.at("/results/0/logits"), expected)).isLessThan(1e-5);
        JsonNode features = post(home.resolve("/features?model=" + network));
        assertThat(
                difference(
                    features.at("/results/0/features/values"), reference("features", network)))
            .isLessThan(1e-5);
        JsonNode map = post(home.resolve("/explain?model=" + network));
        assertThat(map.at("/class/index").asInt()).isEqualTo(indexOfLargest(expected));
        assertThat(mean(map.get("map")) + map.get("bias").asDouble())
            .isCloseTo(expected[indexOfLargest(expected)], within(1e-4));
      }
    }
  }

  private static void write(Path file, SequencedMap<String, FloatTensor> weights)
      throws IOException {
    if (file.toString().endsWith(".pth")) {
      TorchFile.write(file, weights);
    } else {
      SafetensorsWriter.write(file, weights, Map.of());
    }
  }

  private static double[] reference(String kind, String network) throws IOException {
    return Npy.doubles(REFERENCE.resolve("expected/%s/%s.typical.jpg.npy".formatted(kind, network)))
        .values();
  }

  private static double mean(JsonNode map) {
    double sum = 0;
    int count = 0;
    for (JsonNode row : map) {
      for (JsonNode value : row) {
        sum += value.asDouble();
        count++;
      }
    }
    return sum / count;
  }

  private static int indexOfLargest(double[] values) {
    int largest = 0;
    for (int i = 1; i < values.length; i++) {
      largest = values[i] > values[largest] ? i : largest;
    }
    return largest;
  }

  /** The largest difference, as a share of the largest magnitude. */
  private static double difference(JsonNode actual, double[] expected) {
    assertThat(actual).hasSize(expected.length);
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      difference = Math.max(difference, Math.abs(actual.get(i).asDouble() - expected[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    return difference / largest;
  }

  private int get(URI uri) throws IOException, InterruptedException {
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding()).statusCode();
  }

  private JsonNode post(URI uri) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(uri)
                .POST(BodyPublishers.ofFile(REFERENCE.resolve("images/good/typical.jpg")))
                .build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return new JsonMapper().readTree(answer.body());
  }
}
