package io.github.resnetserving.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Base64;
import java.util.Collections;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.testcontainers.DockerClientFactory;
import tools.jackson.databind.json.JsonMapper;

/** How the service ends, and begins again. */
@NeedsImage
class StopIT {

  private static final int IMAGES = 8;
  private static final Duration LONG = Duration.ofMinutes(2);

  @Test
  void underLoadNoRequestIsLostWhereTheLoadBalancerAsksWhetherItIsReady() throws Exception {
    try (ServiceContainer service = new ServiceContainer().withEnv("RESNET_PRE_STOP", "3s")) {
      service.start();
      try (Load load = new Load(service.uri("/classify"), ServiceContainer.PHOTO, 8)) {
        await().atMost(LONG).until(() -> load.answered() > 100);

        CompletableFuture<Void> stopped = CompletableFuture.runAsync(service::stopGracefully);
        await()
            .atMost(LONG)
            .pollInterval(Duration.ofMillis(50))
            .until(() -> service.get("/readyz").statusCode() == 503);
        int noticed = load.answered();
        await().atMost(LONG).until(() -> load.answered() > noticed + 8);
        load.stop();
        stopped.join();

        assertThat(load.failures()).isEmpty();
        assertThat(load.statuses()).containsOnlyKeys(200);
        assertThat(service.state().getExitCodeLong()).isIn(0L, 143L);
        System.out.printf(
            "%d requests answered, %d of them after it said that it was stopping%n",
            load.answered(), load.answered() - noticed);
      }
    }
  }

  @Test
  void aRequestUnderWayIsAnsweredThoughThePortIsClosed() throws Exception {
    try (ServiceContainer service =
            new ServiceContainer().withEnv("RESNET_SHUTDOWN_TIMEOUT", "2m");
        HttpClient client = HttpClient.newHttpClient()) {
      service.start();
      String image = Base64.getEncoder().encodeToString(largeImage());
      String body =
          "{\"images\": [%s]}"
              .formatted(
                  String.join(",", Collections.nCopies(IMAGES, "{\"data\": \"" + image + "\"}")));
      var answer =
          client.sendAsync(
              HttpRequest.newBuilder(service.uri("/classify?deadline_ms=120000"))
                  .header("Content-Type", "application/json")
                  .POST(BodyPublishers.ofString(body))
                  .build(),
              BodyHandlers.ofString());
      await()
          .atMost(LONG)
          .pollInterval(Duration.ofMillis(10))
          .until(() ->
              !service
                  .get("/actuator/prometheus")
                  .body()
                  .contains("\nresnet_decoding_in_flight_pixels 0.0\n"));

      assertThat(answer).isNotDone();
      service.stopGracefully();

      assertThat(answer.get().statusCode()).isEqualTo(200);
      assertThat(new JsonMapper().readTree(answer.get().body()).at("/results"))
          .hasSize(IMAGES)
          .allSatisfy(result -> assertThat(result.at("/predictions")).isNotEmpty());
      assertThat(service.state().getExitCodeLong()).isIn(0L, 143L);
    }
  }

  @Test
  void killedUnderLoadItStartsAgainOnTheSameVolumes() throws Exception {
    String models = "resnet-models-" + UUID.randomUUID();
    String plans = "resnet-plans-" + UUID.randomUUID();
    try {
      for (int time = 0; time < 3; time++) {
        try (ServiceContainer service =
            new ServiceContainer()
                .withVolume(models, "/models")
                .withVolume(plans, "/var/cache/resnet-serving")) {
          service.start();
          System.out.printf(
              "ready %d ms after its start, killed %d times before%n",
              service.readyAfter().toMillis(), time);
          assertThat(service.labelOfPhoto()).isEqualTo("church");
          assertThat(service.getLogs()).doesNotContain("damaged", "cannot be read", "ERROR");
          try (Load load = new Load(service.uri("/classify"), ServiceContainer.PHOTO, 8)) {
            // At the first start it is measuring plans meanwhile, and writing them.
            await().atMost(LONG).until(() -> load.answered() > 50 || !load.failures().isEmpty());
            assertThat(load.failures()).isEmpty();

            service.kill();

            await().atMost(LONG).until(() -> load.failures().size() == 8);
            assertThat(load.statuses()).containsOnlyKeys(200);
          }
        }
      }
    } finally {
      DockerClientFactory.instance().client().removeVolumeCmd(models).exec();
      DockerClientFactory.instance().client().removeVolumeCmd(plans).exec();
    }
  }

  private static byte[] largeImage() throws IOException {
    BufferedImage image = new BufferedImage(4000, 3000, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setPaint(new GradientPaint(0, 0, Color.BLUE, 4000, 3000, Color.ORANGE));
    graphics.fillRect(0, 0, 4000, 3000);
    graphics.dispose();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "jpeg", out);
    return out.toByteArray();
  }
}
