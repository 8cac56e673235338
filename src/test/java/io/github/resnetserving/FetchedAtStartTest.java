package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.resnetserving.graph.FormulaCheckpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A default model that is not there yet is fetched while the server already answers probes. */
class FetchedAtStartTest {

  static final String CONFIG =
      """
      {"id2label": {"0": "cat", "1": "dog", "2": "owl"}, "downsample_in_bottleneck": false}
      """;
  static final String PREPROCESSOR =
      """
      {"size": {"shortest_edge": 40}, "crop_pct": 0.8, "resample": 3, "do_normalize": true,
       "image_processor_type": "ConvNextImageProcessor",
       "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
      """;

  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private final CountDownLatch mayGoOn = new CountDownLatch(1);
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private HttpServer hub;

  @BeforeEach
  void startHub() throws IOException {
    byte[] weights =
        Files.readAllBytes(
            FormulaCheckpoint.write(folder.resolve("net"), "cifar-resnet8", /* classes= */ 3));
    hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    hub.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    hub.createContext("/org/net/resolve/main/config.json", exchange -> send(exchange, CONFIG));
    hub.createContext(
        "/org/net/resolve/main/preprocessor_config.json", exchange -> send(exchange, PREPROCESSOR));
    hub.createContext(
        "/org/net/resolve/main/model.safetensors",
        exchange -> {
          exchange.sendResponseHeaders(200, weights.length);
          exchange.getResponseBody().write(weights, 0, weights.length / 2);
          exchange.getResponseBody().flush();
          passes(mayGoOn);
          exchange.getResponseBody().write(weights, weights.length / 2, (weights.length + 1) / 2);
          exchange.close();
        });
    hub.start();
  }

  @AfterEach
  void stopHub() {
    mayGoOn.countDown();
    hub.stop(0);
  }

  @Test
  void theServerIsReadyOnceTheDefaultModelIsFetched() throws Exception {
    try (ConfigurableApplicationContext server = start("--resnet.default-model=org/net")) {
      await().until(() -> get(server, "/models").contains("\"bytes\":1"));
      JsonNode fetching = new JsonMapper().readTree(get(server, "/models/org--net"));
      assertThat(fetching.at("/default").asBoolean()).isTrue();
      assertThat(fetching.at("/versions/0/state").asString()).isEqualTo("fetching");
      assertThat(fetching.at("/versions/0/version").isNull()).isTrue();
      assertThat(status(server, "/readyz")).isEqualTo(503);
      HttpResponse<String> early = classify(server);
      assertThat(early.statusCode()).isEqualTo(503);
      assertThat(early.body())
          .contains("/problems/not-ready", "The model org--net is not ready: it is being fetched");

      mayGoOn.countDown();

      await().atMost(Duration.ofMinutes(1)).until(() -> status(server, "/readyz") == 200);
      JsonNode answer = new JsonMapper().readTree(classify(server).body());
      assertThat(answer.at("/model/name").asString()).isEqualTo("org--net");
      assertThat(answer.at("/results/0/predictions")).hasSize(3);
      assertThat(get(server, "/models")).contains("\"hint\":null");
    }
  }

  @Test
  void nothingElseAnswersInPlaceOfAModelThatCannotBeFetched() throws Exception {
    try (ConfigurableApplicationContext server =
        start(
            "--spring.profiles.active=production",
            "--server.address=localhost",
            "--resnet.offline=true")) {
      await().until(() -> get(server, "/models/resnet50").contains("\"failed\""));
      assertThat(status(server, "/readyz")).isEqualTo(503);
      HttpResponse<String> answer = classify(server);
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body())
          .contains("resnet50 is not ready", "offline nothing is fetched")
          .doesNotContain("imagenette");
    }
  }

  @Test
  void withoutAFetchTheModelInsideAnswersAndTellsOfResNet50() throws Exception {
    try (ConfigurableApplicationContext server = start("--resnet.default-model=")) {
      await().atMost(Duration.ofMinutes(1)).until(() -> status(server, "/readyz") == 200);
      assertThat(get(server, "/models"))
          .contains("\"imagenette-resnet18\"", "run `models fetch resnet50`");
      assertThat(asked).isEmpty();
    }
  }

  private void send(HttpExchange exchange, String text) throws IOException {
    asked.add(exchange.getRequestURI().getPath());
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static void passes(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private ConfigurableApplicationContext start(String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("--server.port=0");
    all.add("--resnet.models-dir=" + folder.resolve("models"));
    all.add("--resnet.mirror=http://localhost:" + hub.getAddress().getPort());
    return SpringApplication.run(ResNetServing.class, all.toArray(String[]::new));
  }

  private static URI uri(ConfigurableApplicationContext server, String path) {
    return URI.create(
        "http://localhost:" + server.getEnvironment().getProperty("local.server.port") + path);
  }

  private String get(ConfigurableApplicationContext server, String path)
      throws IOException, InterruptedException {
    return client
        .send(HttpRequest.newBuilder(uri(server, path)).build(), BodyHandlers.ofString())
        .body();
  }

  private int status(ConfigurableApplicationContext server, String path)
      throws IOException, InterruptedException {
    return client
        .send(HttpRequest.newBuilder(uri(server, path)).build(), BodyHandlers.discarding())
        .statusCode();
  }

  private HttpResponse<String> classify(ConfigurableApplicationContext server)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(uri(server, "/classify"))
            .POST(BodyPublishers.ofFile(Path.of("src/test/resources/horse.webp")))
            .build(),
        BodyHandlers.ofString());
  }
}
