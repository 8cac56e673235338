package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.engine.NativeRuntime;
import io.github.resnetserving.training.Split;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
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
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The program as it is started, with the model inside and the native engine. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class WholeServiceTest {

  private static final Path IMAGES = Path.of("../shared/reference/images");
  private static final Path CIFAR = Path.of("../shared/data/cifar10-train.tar");
  private static final Path CARD = Path.of("models/cifar10-resnet20/1/MODEL_CARD.md");
  private static final Path TEMPLE = Path.of("src/test/resources/temple.jpg");
  private static final JsonMapper JSON = new JsonMapper();

  @LocalServerPort private int port;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void isReady() {
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> send(HttpRequest.newBuilder(uri("/readyz")).build()).statusCode() == 200);
  }

  @Test
  void theModelInsideIsServedAndSaysWhatItIs() throws Exception {
    JsonNode models =
        JSON.readTree(send(HttpRequest.newBuilder(uri("/models/cifar10-resnet20")).build()).body());

    assertThat(models.toString())
        .contains("\"ready\"")
        .contains("resize32-bilinear-crop32-norm75e2c565");
  }

  @Test
  void theModelInsideTellsHowItCameAbout() throws Exception {
    HttpResponse<String> card =
        send(HttpRequest.newBuilder(uri("/models/cifar10-resnet20/card?version=1")).build());

    assertThat(card.headers().firstValue("Content-Type")).hasValue("text/markdown;charset=UTF-8");
    assertThat(card.body()).isEqualTo(Files.readString(CARD));
  }

  @Test
  void aPhotographGetsALabel() throws Exception {
    assumeTrue(Files.isDirectory(IMAGES), "skipped: there are no images in ../shared");

    HttpResponse<String> answer = post("/classify", IMAGES.resolve("good/typical.jpg"));

    assertThat(answer.statusCode()).isEqualTo(200);
    JsonNode body = JSON.readTree(answer.body());
    assertThat(body.at("/results/0/predictions")).hasSize(5);
    assertThat(body.at("/results/0/image").toString())
        .isEqualTo("{\"format\":\"jpeg\",\"width\":500,\"height\":375}");
    assertThat(body.at("/model/name").asString()).isEqualTo("cifar10-resnet20");
  }

  @Test
  void theServedAccuracyIsTheTrainedAccuracy() throws Exception {
    assumeTrue(Files.exists(CIFAR), "skipped: there are no CIFAR-10 images in ../shared");
    NavigableMap<String, byte[]> files = cifar();
    List<String> names = List.copyOf(files.keySet());
    List<String> classes =
        List.copyOf(new TreeSet<>(names.stream().map(WholeServiceTest::folder).toList()));
    List<Integer> labels = names.stream().map(name -> classes.indexOf(folder(name))).toList();
    List<Integer> heldOut = Split.stratified(labels, classes.size(), 0.1).validation();

    List<Future<Boolean>> answers = new ArrayList<>();
    try (ExecutorService clients = Executors.newFixedThreadPool(16)) {
      for (int position : heldOut) {
        String name = names.get(position);
        byte[] image = Objects.requireNonNull(files.get(name));
        answers.add(clients.submit(() -> top(image).equals(folder(name))));
      }
    }
    int right = 0;
    for (Future<Boolean> answer : answers) {
      right += answer.get() ? 1 : 0;
    }

    assertThat(heldOut).hasSize(5000);
    assertThat("%.2f".formatted(right / 50.0)).isEqualTo(trainedAccuracy());
  }

  @Test
  void twentyThousandImagesOfOneStreamAreAnsweredInOrder() throws Exception {
    int count = 20_000;
    int bad = count / 2;
    String data =
        Base64.getEncoder()
            .encodeToString(Files.readAllBytes(Path.of("src/test/resources/horse.webp")));
    try (RawStream stream = new RawStream(port, "/classify?top_k=1")) {
      var sending =
          new FutureTask<>(() -> {
            for (int i = 0; i < count; i++) {
              stream.send(
                  "{\"id\": \"%d\", \"data\": \"%s\"}\n".formatted(i, i == bad ? "%" : data));
            }
            stream.end();
            return count;
          });
      Thread.ofVirtual().start(sending);

      assertThat(stream.head()).startsWith("HTTP/1.1 200");
      List<Long> heap = new ArrayList<>(); // after each quarter
      for (int i = 0; i < count; i++) {
        if ((i + 1) % (count / 4) == 0) {
          heap.add(usedHeap());
        }
        JsonNode line = JSON.readTree(stream.line());
        assertThat(line.get("id").asString()).isEqualTo(Integer.toString(i));
        if (i == bad) {
          assertThat(line.at("/error/detail").asString())
              .isEqualTo("Line 10001: data is not base64.");
        } else {
          assertThat(line.at("/predictions/0/label").asString())
              .as("image %d", i)
              .isEqualTo("horse");
        }
      }
      assertThat(stream.line()).isNull();
      assertThat(sending.get()).isEqualTo(count);
      // The last three quarters are 32 MB of lines.
      assertThat(Collections.max(heap) - heap.getFirst())
          .as("%s", heap)
          .isLessThan((long) (count - count / 4) * data.length() / 4);
    }
  }

  /** Bytes that are reachable. */
  private static long usedHeap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  @Test
  void theMeanOfAnActivationMapAndTheBiasAreTheLogit() throws Exception {
    Path horse = Path.of("src/test/resources/horse.webp");
    JsonNode logits =
        JSON.readTree(post("/classify?logits=true", horse).body()).at("/results/0/logits");
    for (int i = 0; i < 10; i++) {
      JsonNode answer = JSON.readTree(post("/explain?class=" + i, horse).body());
      double sum = 0;
      for (JsonNode row : answer.get("map")) {
        for (JsonNode value : row) {
          sum += value.asDouble();
        }
      }
      assertThat(sum / 64 + answer.get("bias").asDouble())
          .isCloseTo(answer.get("logit").asDouble(), within(1e-4))
          .isCloseTo(logits.get(i).asDouble(), within(1e-3));
    }
  }

  /** Eight clients at a time make batches of all sizes. */
  @Test
  void onceBitsWereComparedAnswersPromiseThemAndKeepThePromise() throws Exception {
    assumeTrue(
        NativeRuntime.hasOneDnn(), "skipped: direct plans are for libtorch on x86-64 under Linux");
    HttpRequest description = HttpRequest.newBuilder(uri("/models/cifar10-resnet20")).build();
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() ->
            JSON.readTree(send(description).body())
                .at("/versions/0/deterministic")
                .asBoolean(false));
    Path horse = Path.of("src/test/resources/horse.webp");
    JsonNode alone = JSON.readTree(post("/classify?logits=true", horse).body());
    assertThat(alone.at("/model/deterministic").asBoolean()).isTrue();

    List<Future<HttpResponse<String>>> answers = new ArrayList<>();
    try (ExecutorService clients = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 64; i++) {
        answers.add(clients.submit(() -> post("/classify?logits=true", horse)));
        answers.add(clients.submit(() -> post("/classify", TEMPLE)));
      }
    }
    for (int i = 0; i < answers.size(); i += 2) {
      assertThat(JSON.readTree(answers.get(i).get().body()).at("/results/0/logits"))
          .isEqualTo(alone.at("/results/0/logits"));
    }
  }

  /** In percent, with two digits: of 5,000 images that is the exact count. */
  private static String trainedAccuracy() throws IOException {
    Matcher card =
        Pattern.compile("\\*\\*(\\d+\\.\\d\\d) %\\*\\* top-1 on 5,000")
            .matcher(Files.readString(CARD));
    assertThat(card.find()).isTrue();
    return card.group(1);
  }

  private String top(byte[] image) throws Exception {
    HttpResponse<String> answer =
        send(
            HttpRequest.newBuilder(uri("/classify?top_k=1"))
                .POST(BodyPublishers.ofByteArray(image))
                .build());
    return JSON.readTree(answer.body()).at("/results/0/predictions/0/label").asString();
  }

  private static NavigableMap<String, byte[]> cifar() throws IOException {
    NavigableMap<String, byte[]> files = new TreeMap<>();
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(new BufferedInputStream(Files.newInputStream(CIFAR)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.isFile()) {
          files.put(entry.getName().replaceFirst("^\\./", ""), tar.readAllBytes());
        }
      }
    }
    return files;
  }

  private static String folder(String name) {
    return name.substring(0, name.indexOf('/'));
  }

  private HttpResponse<String> post(String path, Path file) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.ofFile(file)).build());
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return client.send(request, BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create("http://localhost:" + port + path);
  }
}
