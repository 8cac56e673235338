package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** What {@code resnet.engine.workers} says. */
@SpringBootTest(
    classes = {ServingConfiguration.class, GatedModel.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {"resnet.default-model=net", "resnet.engine.workers=2"})
@Timeout(60)
class WorkersTest {

  private final HttpClient client = HttpClient.newHttpClient();
  private final GatedModel.Gate gate;
  @LocalServerPort private int port;

  @Autowired
  WorkersTest(GatedModel.Gate gate) {
    this.gate = gate;
  }

  @Test
  void twoBatchesOfOneModelRunAtTheSameTime() {
    int before = gate.images();
    gate.close();
    var first = classify();
    await().until(() -> gate.images() == before + 1);

    var second = classify();

    await().until(() -> gate.images() == before + 2);
    assertThat(first).isNotDone();
    gate.open();
    assertThat(first.join().statusCode()).isEqualTo(200);
    assertThat(second.join().statusCode()).isEqualTo(200);
  }

  private CompletableFuture<HttpResponse<String>> classify() {
    return client.sendAsync(
        HttpRequest.newBuilder(
                URI.create("http://localhost:%d/classify?deadline_ms=60000".formatted(port)))
            .POST(BodyPublishers.ofByteArray(ServingTest.jpeg()))
            .build(),
        BodyHandlers.ofString());
  }
}
