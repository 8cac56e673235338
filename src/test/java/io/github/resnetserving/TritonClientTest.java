package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.grpc.server.lifecycle.GrpcServerLifecycle;

/**
 * Triton's own Python clients against the service with the model inside. They come from PyPI, into
 * an environment under {@code target}; skipped where that cannot be made.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@Timeout(300)
class TritonClientTest {

  private static final Path PYTHON = Path.of("src/test/python").toAbsolutePath();
  private static final Path ENVIRONMENT = Path.of("target/triton-venv").toAbsolutePath();

  @LocalServerPort private int port;
  @Autowired private GrpcServerLifecycle grpc;

  @Test
  void tritonsClientsGetWhatClassifyGives() throws Exception {
    Path python = ENVIRONMENT.resolve("bin/python");
    if (!Files.exists(ENVIRONMENT.resolve("installed"))) {
      Run made = run("python3", "-m", "venv", ENVIRONMENT.toString());
      assumeTrue(made.status() == 0, "skipped: python3 cannot make an environment here");
      Run installed =
          run(
              python.toString(),
              "-m",
              "pip",
              "install",
              "--quiet",
              "--requirement",
              PYTHON.resolve("requirements-triton.txt").toString());
      assumeTrue(
          installed.status() == 0,
          "skipped: tritonclient cannot be installed: " + installed.output());
      Files.createFile(ENVIRONMENT.resolve("installed"));
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      await()
          .atMost(Duration.ofMinutes(2))
          .until(() ->
              client
                      .send(
                          HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/readyz"))
                              .build(),
                          BodyHandlers.ofString())
                      .statusCode()
                  == 200);
    }

    Run clients =
        run(
            python.toString(),
            PYTHON.resolve("triton_clients.py").toString(),
            Integer.toString(port),
            Integer.toString(grpc.getPort()),
            "cifar10-resnet20",
            Path.of("src/test/resources/horse.webp").toAbsolutePath().toString());

    assertThat(clients.status()).as(clients.output()).isZero();
    assertThat(clients.output()).endsWith("all clients passed");
  }

  private record Run(int status, String output) {}

  private static Run run(String... command) throws InterruptedException {
    try {
      Path log = Files.createTempFile("python", ".log");
      Process process =
          new ProcessBuilder(List.of(command))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      boolean ended = process.waitFor(200, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly();
      }
      String output = Files.readString(log).strip();
      Files.delete(log);
      return new Run(ended ? process.exitValue() : -1, output);
    } catch (IOException e) { // there is no such program
      return new Run(-1, String.valueOf(e.getMessage()));
    }
  }
}
