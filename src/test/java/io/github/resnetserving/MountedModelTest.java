package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A folder with one model's files right inside is served, as KServe mounts it. */
class MountedModelTest {

  private static final Path MODEL = Path.of("models/cifar10-resnet20/1");
  private static final Path PHOTO = Path.of("src/test/resources/horse.webp");

  private final HttpClient client = HttpClient.newHttpClient();
  @TempDir private Path folder;

  @Test
  void ourOwnFilesAnswerUnderTheDefaultModelsName() throws Exception {
    for (String file : List.of("model.json", "weights.safetensors", "labels.csv")) {
      Files.copy(MODEL.resolve(file), folder.resolve(file));
    }

    JsonNode answer = classifiedBy("images");

    assertThat(answer.at("/model/name").asString()).isEqualTo("images");
    assertThat(answer.at("/results/0/predictions/0/label").asString()).isEqualTo("horse");
  }

  @Test
  void soDoHuggingFaces() throws Exception {
    Files.copy(
        FormulaCheckpoint.write(folder.resolve("made"), "cifar-resnet8", /* classes= */ 3),
        folder.resolve("model.safetensors"));
    Files.writeString(folder.resolve("config.json"), FetchedAtStartTest.CONFIG);
    Files.writeString(folder.resolve("preprocessor_config.json"), FetchedAtStartTest.PREPROCESSOR);

    JsonNode answer = classifiedBy("net");

    assertThat(answer.at("/model/name").asString()).isEqualTo("net");
    assertThat(answer.at("/results/0/predictions"))
        .extracting(prediction -> prediction.at("/label").asString())
        .containsExactlyInAnyOrder("cat", "dog", "owl");
  }

  private JsonNode classifiedBy(String name) throws Exception {
    try (ConfigurableApplicationContext server =
        SpringApplication.run(
            ResNetServing.class,
            "--server.port=0",
            "--resnet.offline=true",
            "--resnet.models-dir=" + folder,
            "--resnet.default-model=" + name)) {
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() ->
              send(HttpRequest.newBuilder(uri(server, "/readyz")).build()).statusCode() == 200);
      assertThat(
              send(HttpRequest.newBuilder(uri(server, "/v2/models/" + name + "/ready")).build())
                  .statusCode())
          .isEqualTo(200);
      return new JsonMapper()
          .readTree(
              send(HttpRequest.newBuilder(uri(server, "/classify"))
                      .POST(BodyPublishers.ofFile(PHOTO))
                      .build())
                  .body());
    }
  }

  private HttpResponse<String> send(HttpRequest request) throws Exception {
    return client.send(request, BodyHandlers.ofString());
  }

  private static URI uri(ConfigurableApplicationContext server, String path) {
    return URI.create(
        "http://localhost:" + server.getEnvironment().getProperty("local.server.port") + path);
  }
}
