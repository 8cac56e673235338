package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.cli.CommandLineProgram;
import io.github.resnetserving.engine.LibraryNetwork;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
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
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** timm's families, from {@code models add} beside a running service to its answers over HTTP. */
class LibraryNetworksServingTest {

  private static final List<String> NETWORKS =
      List.of("timm-seresnet", "timm-resnext", "timm-resnet-d", "timm-resnet-gn", "timm-bit");

  private final HttpClient client = HttpClient.newHttpClient();
  @TempDir private Path folder;

  @Test
  void whatIsAddedToARunningServiceAnswersWithTheLibrarysNumbers() throws Exception {
    Path models = Files.createDirectory(folder.resolve("models"));
    try (ConfigurableApplicationContext server =
        SpringApplication.run(
            ResNetServing.class,
            "--server.port=0",
            "--resnet.batching.max-batch=1",
            "--resnet.precision=fp32",
            "--resnet.access.keyless-administration=true",
            "--resnet.models-dir=" + models)) {
      String port = server.getEnvironment().getRequiredProperty("local.server.port");
      URI home = URI.create("http://localhost:" + port);
      for (String name : NETWORKS) {
        LibraryNetwork library = LibraryNetwork.read(name);
        add(name, library, models);
        assertThat(
                send(HttpRequest.newBuilder(home.resolve("/models/" + name))
                        .PUT(BodyPublishers.noBody()))
                    .statusCode())
            .isEqualTo(202);
        await()
            .atMost(Duration.ofMinutes(1))
            .until(() -> state(home.resolve("/models/" + name)).equals("ready"));

        byte[] image = png(library.images().getFirst());
        JsonNode classes = post(home.resolve("/classify?top_k=1&logits=true&model=" + name), image);
        JsonNode features = post(home.resolve("/features?model=" + name), image);

        assertThat(difference(classes.at("/results/0/logits"), library.output("logits0")))
            .as("logits of %s", name)
            .isLessThan(1e-5);
        assertThat(
                difference(features.at("/results/0/features/values"), library.output("features0")))
            .as("features of %s", name)
            .isLessThan(1e-5);
      }
    }
  }

  private void add(String name, LibraryNetwork library, Path models) throws IOException {
    Path preprocessing = folder.resolve("preprocessing.json");
    Files.writeString(
        preprocessing,
        """
        {"resize": %d, "crop": %d, "interpolation": "bilinear",
         "mean": [0.4914, 0.4822, 0.4465], "std": [0.2470, 0.2435, 0.2616]}
        """
            .formatted(library.side(), library.side()));
    assertThat(
            new CommandLineProgram(properties -> {})
                .run(
                    "models",
                    "add",
                    name,
                    "--weights",
                    library.saved(folder).toString(),
                    "--preprocessing",
                    preprocessing.toString(),
                    "--models-dir",
                    models.toString()))
        .isZero();
  }

  private static byte[] png(Pixels pixels) throws IOException {
    BufferedImage image =
        new BufferedImage(pixels.width(), pixels.height(), BufferedImage.TYPE_INT_RGB);
    byte[] rgb = pixels.rgb();
    for (int i = 0; i < rgb.length; i += 3) {
      int colour = ((rgb[i] & 0xff) << 16) | ((rgb[i + 1] & 0xff) << 8) | (rgb[i + 2] & 0xff);
      image.setRGB(i / 3 % pixels.width(), i / 3 / pixels.width(), colour);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  private String state(URI model) throws IOException, InterruptedException {
    return new JsonMapper()
        .readTree(send(HttpRequest.newBuilder(model)).body())
        .at("/versions/0/state")
        .asString();
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

  private JsonNode post(URI uri, byte[] image) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        send(HttpRequest.newBuilder(uri).POST(BodyPublishers.ofByteArray(image)));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return new JsonMapper().readTree(answer.body());
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), BodyHandlers.ofString());
  }
}
