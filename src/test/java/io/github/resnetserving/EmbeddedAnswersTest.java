package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.plan.PlanKind;
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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The library and the service give the same bits where they run the same plan on as many threads.
 */
@SpringBootTest(
    classes = ResNetServing.class,
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=cifar10-resnet20",
      "resnet.precision=fp32",
      "resnet.engine.plan=fused",
      "resnet.engine.workers=1"
    })
class EmbeddedAnswersTest {

  private static final Path IMAGES = Path.of("src/test/resources/images");
  private static final List<String> NAMES =
      List.of(
          "baseline.jpg",
          "cmyk.jpg",
          "exif6.jpg",
          "alpha.png",
          "rgb16.png",
          "lossy.webp",
          "plain.gif",
          "rgb.bmp",
          "palette.tif");

  private final HttpClient client = HttpClient.newHttpClient();
  @LocalServerPort private int port;

  @Test
  void classesAndFeaturesAreTheSameBits() throws Exception {
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() ->
            client
                    .send(HttpRequest.newBuilder(uri("/readyz")).build(), BodyHandlers.discarding())
                    .statusCode()
                == 200);
    try (ResNet net =
        ResNet.builder().plan(PlanKind.FUSED).open(Path.of("models/cifar10-resnet20/1"))) {
      for (String name : NAMES) {
        byte[] image = Files.readAllBytes(IMAGES.resolve(name));
        List<Double> probabilities = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        for (JsonNode each : post("/classify?top_k=10", image).at("/results/0/predictions")) {
          probabilities.add(each.get("probability").asDouble());
          labels.add(each.get("label").asString());
        }
        List<Double> features = new ArrayList<>();
        post("/features", image)
            .at("/results/0/features/values")
            .forEach(value -> features.add(value.asDouble()));

        List<Prediction> own = net.classify(image, 10);
        assertThat(own).extracting(Prediction::probability).as(name).isEqualTo(probabilities);
        assertThat(own).extracting(each -> each.label().name()).as(name).isEqualTo(labels);
        float[] values = net.features(image);
        assertThat(features).as(name).hasSize(values.length);
        for (int i = 0; i < values.length; i++) {
          assertThat(features.get(i).floatValue()).as("%s, %d", name, i).isEqualTo(values[i]);
        }
      }
    }
  }

  private JsonNode post(String path, byte[] image) throws Exception {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofByteArray(image)).build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JsonMapper.shared().readTree(answer.body());
  }

  private URI uri(String path) {
    return URI.create("http://localhost:" + port + path);
  }
}
