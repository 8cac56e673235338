package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.batch.BatchFunction;
import io.github.resnetserving.batch.BatchListener;
import io.github.resnetserving.batch.BatchScheduler;
import io.github.resnetserving.batch.BatchSettings;
import io.github.resnetserving.batch.BatchSizes;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.inference.ServedModel;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.rest.request.RequestLimits;
import io.github.resnetserving.tensor.NetworkInput;
import io.github.resnetserving.tensor.NetworkOutput;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Uploads that together are more than the server may hold. */
@SpringBootTest(
    classes = {ServingConfiguration.class, GatedModel.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=net",
      "resnet.limits.bytes-in-flight=110KB",
      "resnet.limits.pixels-in-flight=200000",
      "server.tomcat.connection-timeout=2s"
    })
@Timeout(120)
class OverloadTest {

  /** What follows the image's end does not matter. */
  private static final byte[] UPLOAD = Arrays.copyOf(ServingTest.jpeg(), 30_000);

  /** Besides its body: a crop, the network's outputs, once more in their batch, and the result. */
  private static final int ANSWER = 32 * 32 * 3 + 2 * (10 + 2048) * 4 + 10 * 4 + 5 * 200;

  /** What one holds that is being answered; two fit. */
  private static final int HELD = UPLOAD.length + ANSWER;

  private final HttpClient client = HttpClient.newHttpClient();
  private final Budget bodies;
  private final Budget pixels;
  private final GatedModel.Gate gate;
  @LocalServerPort private int port;

  @Autowired
  OverloadTest(RequestLimits limits, Budget pixels, GatedModel.Gate gate) {
    this.bodies = limits.bytes();
    this.pixels = pixels;
    this.gate = gate;
  }

  @AfterEach
  void nothingIsHeldAfterwards() {
    gate.open();
    gate.broken(false);
    await().until(() -> bodies.used() == 0 && pixels.used() == 0);
  }

  @Test
  void whatFindsNoRoomIsToldToComeBackAndTheRestIsAnswered() throws Exception {
    gate.close();
    List<CompletableFuture<HttpResponse<String>>> first = uploads(2);
    gate.awaitBatch();
    await().until(() -> bodies.used() == 2L * HELD);

    for (var refused : uploads(40)) {
      HttpResponse<String> answer = refused.get();
      assertThat(answer.statusCode()).isEqualTo(429);
      assertThat(answer.body()).contains("\"/problems/overloaded\"");
      assertThat(answer.headers().firstValue("Retry-After")).hasValue("1");
    }
    gate.open();
    for (var answered : first) {
      assertThat(answered.get().statusCode()).isEqualTo(200);
    }
  }

  @Test
  void whoWouldWaitTooLongIsToldHowLong(
      @Autowired ModelRegistry registry, @Autowired ImagePipeline pipeline) throws Exception {
    var entered = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    try (var scheduler = new BatchScheduler(1, NanoClock.system())) {
      BatchFunction<NetworkInput, NetworkOutput> function =
          inputs -> {
            entered.countDown();
            release.await();
            return ServingTest.Models.run(inputs);
          };
      var limits = BatchSettings.of(BatchSizes.of(1));
      var queue = scheduler.open("slow", function, limits, BatchListener.NONE);
      queue.recordServiceTime(1, Duration.ofSeconds(7));
      PlanReport report = new PlanReport("fused", "fp32", 1, List.of());
      ModelState slow =
          new ModelState.Ready(
              new ServedModel(ServingTest.Models.spec("slow"), () -> report, pipeline, queue));
      registry.put(slow);
      var first = post("/classify?model=slow", BodyPublishers.ofByteArray(ServingTest.jpeg()));
      entered.await();

      HttpResponse<String> late =
          post("/classify?model=slow", BodyPublishers.ofByteArray(ServingTest.jpeg())).get();

      registry.remove(slow);
      release.countDown();
      assertThat(first.get().statusCode()).isEqualTo(200);
      assertThat(late.statusCode()).isEqualTo(429);
      assertThat(Integer.parseInt(late.headers().firstValue("Retry-After").orElseThrow()))
          .as("what is left of the first one's seven seconds, seven of its own, and its decoding")
          .isBetween(8, 16);
    }
  }

  @Test
  void manyAtOnceAreAnsweredOrToldToComeBack() throws Exception {
    List<Integer> statuses = new ArrayList<>();
    for (var answer : uploads(300)) {
      statuses.add(answer.get().statusCode());
    }

    assertThat(statuses).contains(200).containsOnly(200, 429);
  }

  @Test
  void aBodyOfUnknownLengthTakesItsMemoryAsItArrives() throws Exception {
    gate.close();
    List<CompletableFuture<HttpResponse<String>>> first = uploads(2);
    gate.awaitBatch();
    await().until(() -> bodies.used() == 2L * HELD);

    HttpResponse<String> third =
        post("/classify", BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(UPLOAD)))
            .get();

    assertThat(third.statusCode()).isEqualTo(429);
    gate.open();
    for (var answered : first) {
      assertThat(answered.get().statusCode()).isEqualTo(200);
    }
    await().until(() -> bodies.used() == 0);
    assertThat(
            post("/classify", BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(UPLOAD)))
                .get()
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void whatNeverFitsIsTooLarge() throws Exception {
    HttpResponse<String> answer =
        post("/classify", BodyPublishers.ofByteArray(new byte[57_000])).get();

    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body()).contains("The body is larger than 56320 bytes.");
  }

  @Test
  void badImagesHoldNothing() throws Exception {
    assertThat(post("/classify", BodyPublishers.ofString("no image")).get().statusCode())
        .isEqualTo(415);
    byte[] truncated = Arrays.copyOf(ServingTest.jpeg(), 700);
    assertThat(post("/classify", BodyPublishers.ofByteArray(truncated)).get().statusCode())
        .isEqualTo(422);
    assertThat(post("/classify?top_k=99", BodyPublishers.ofByteArray(UPLOAD)).get().statusCode())
        .isEqualTo(400);
  }

  @Test
  void defectsHoldNothing() throws Exception {
    gate.broken(true);

    assertThat(post("/classify", BodyPublishers.ofByteArray(UPLOAD)).get().statusCode())
        .isEqualTo(500);
  }

  @Test
  void deadlinesThatPassHoldNothing() throws Exception {
    gate.close();

    assertThat(
            post("/classify?deadline_ms=200", BodyPublishers.ofByteArray(UPLOAD))
                .get()
                .statusCode())
        .isEqualTo(504);
  }

  @Test
  void clientsThatGoAwayOrStallHoldNothing() throws Exception {
    String head = "POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\nabc";
    try (Socket gone = new Socket("localhost", port);
        Socket stalled = new Socket("localhost", port)) {
      send(gone, head);
      send(stalled, head);
      await().until(() -> bodies.used() == 2 * 8192); // what has arrived, not what was announced
      gone.close();

      String answer =
          new String(stalled.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(answer).startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void aClientThatGoesAwayWhileItsImageRunsHoldsNothing() throws Exception {
    gate.close();
    try (Socket gone = new Socket("localhost", port)) {
      send(gone, "POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n");
      gone.getOutputStream().write(UPLOAD);
      gate.awaitBatch();
    }
    gate.open();
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.setSoTimeout(20_000);
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  private List<CompletableFuture<HttpResponse<String>>> uploads(int count) {
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      answers.add(post("/classify?deadline_ms=60000", BodyPublishers.ofByteArray(UPLOAD)));
    }
    return answers;
  }

  private CompletableFuture<HttpResponse<String>> post(String path, BodyPublisher body) {
    return client.sendAsync(
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + path)).POST(body).build(),
        BodyHandlers.ofString());
  }
}
