package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.capacity.Figures;
import io.github.resnetserving.cli.CommandLineProgram;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/** Commands that measure a server, before one with a small network; their figures are no use. */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@Timeout(120)
class MeasuredMachineTest {

  private static final String IMAGE = "src/test/resources/temple.jpg";

  @TempDir private Path folder;
  @LocalServerPort private int port;

  /** The figures are those of a model that answers. */
  @BeforeEach
  void isReady() {
    try (HttpClient client = HttpClient.newHttpClient()) {
      var ready = HttpRequest.newBuilder(URI.create("http://localhost:%d/readyz".formatted(port)));
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> client.send(ready.build(), BodyHandlers.discarding()).statusCode() == 200);
    }
  }

  private String run(int exitCode, String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream before = System.out;
    PrintStream errorsBefore = System.err;
    PrintStream captured = new PrintStream(out, true, StandardCharsets.UTF_8);
    System.setOut(captured);
    System.setErr(captured);
    try {
      int code = new CommandLineProgram(_ -> {}).run(words);
      assertThat(code).as(out.toString(StandardCharsets.UTF_8)).isEqualTo(exitCode);
      return out.toString(StandardCharsets.UTF_8);
    } finally {
      System.setOut(before);
      System.setErr(errorsBefore);
    }
  }

  private String url() {
    return "--url=http://localhost:%d/classify".formatted(port);
  }

  @Test
  void whatIsMeasuredIsPredictedAndComparedWithTheServer() throws Exception {
    Path file = folder.resolve("figures.json");

    String measured =
        run(0, "bench", "machine", url(), "--image=" + IMAGE, "--seconds=0.1", "--output=" + file);
    String predicted =
        run(0, "capacity", "--rate=1000", "--p99=5s", "--requests=1000", "--machine=" + file);
    String compared =
        run(
            0,
            "bench",
            "capacity",
            url(),
            "--image=" + IMAGE,
            "--seconds=0.5",
            "--load=0.2,0.4",
            "--machine=" + file);

    Figures figures = Figures.read(file);
    assertThat(figures.model()).isEqualTo("cifar10-resnet20");
    assertThat(figures.batches()).hasSize(8);
    assertThat(figures.processors()).isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(figures.besides().requestMillis()).isNotNegative();
    assertThat(figures.besides().residentMegabytes()).isGreaterThan(100);
    assertThat(measured)
        .contains("cifar10-resnet20 in fp32, ", "decode temple.jpg: ", "a batch of 8: ")
        .endsWith(file + System.lineSeparator());
    assertThat(predicted).contains("replicas: ");
    assertThat(compared)
        .contains("Capacity: predicted ", "load  requests/s  of   predicted ms  measured ms")
        .containsPattern("\n20 %  .* p50  ")
        .containsPattern("\n40 %  .* p99  ")
        .contains("largest error: ");
  }

  @Test
  void anotherImageThanWasMeasuredIsRefused() throws Exception {
    Path file = folder.resolve("figures.json");
    run(0, "bench", "machine", url(), "--image=" + IMAGE, "--seconds=0.02", "--output=" + file);

    assertThat(
            run(
                2,
                "bench",
                "capacity",
                url(),
                "--image=src/test/resources/horse.webp",
                "--machine=" + file))
        .contains("was measured with other images than src/test/resources/horse.webp");
  }

  @Test
  void aServerThatDoesNotAnswerIsNamed() {
    assertThat(run(1, "bench", "machine", "--url=http://localhost:1/classify", "--image=" + IMAGE))
        .contains("http://localhost:1/actuator/threads does not answer: start the server there");
  }
}
