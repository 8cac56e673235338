package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.ExternalProgram.Run;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
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
@SpringBootTest(
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = "resnet.access.admin-key-dir=target/triton-keys")
@Timeout(300)
class TritonClientTest {

  @LocalServerPort private int port;
  @Autowired private GrpcServerLifecycle grpc;

  @Test
  void tritonsClientsGetWhatClassifyGives() throws Exception {
    PythonEnvironment python = PythonEnvironment.of("triton");
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
        python.run(
            Map.of(),
            Duration.ofMinutes(3),
            "python",
            PythonEnvironment.SOURCES.resolve("triton_clients.py").toString(),
            Integer.toString(port),
            Integer.toString(grpc.getPort()),
            "cifar10-resnet20",
            Path.of("src/test/resources/horse.webp").toAbsolutePath().toString(),
            Path.of("target/triton-keys/admin-%d.header".formatted(port))
                .toAbsolutePath()
                .toString());

    assertThat(clients.status()).as(clients.output()).isZero();
    assertThat(clients.output()).endsWith("all clients passed");
  }
}
