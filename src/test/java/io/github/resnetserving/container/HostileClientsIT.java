package io.github.resnetserving.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * No image, message or client ends the service, however small its heap. How fast honest clients are
 * answered meanwhile is what {@code bench/Hostile.java} measures on a quiet machine.
 */
@NeedsImage
class HostileClientsIT {

  private static final Duration LIMIT = Duration.ofMinutes(4);

  @ParameterizedTest
  @CsvSource({"128m, 1", "256m, 1", "1g, 2"})
  void theServiceOutlivesEveryKindOfAttack(String heap, int limitGib) throws Exception {
    try (ServiceContainer service =
        new ServiceContainer().withMemory(limitGib * ServiceContainer.MEMORY)) {
      service.withEnv("JAVA_TOOL_OPTIONS", "-Xmx" + heap).start();
      String started = service.state().getStartedAt();

      Process attack =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "bench/Hostile.java",
                  service.uri("").toString(),
                  ServiceContainer.PHOTO.toString(),
                  "--grpc",
                  Integer.toString(service.getMappedPort(ServiceContainer.GRPC)),
                  "--seconds",
                  "15",
                  "--survive")
              .redirectErrorStream(true)
              .start();
      String printed = new String(attack.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertThat(attack.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(attack.exitValue()).as(printed).isZero();
      System.out.println("-Xmx" + heap + "\n" + printed);
      assertThat(service.state().getRunning()).as(service.getLogs()).isTrue();
      assertThat(service.state().getStartedAt()).isEqualTo(started);
      assertThat(service.getLogs()).doesNotContain("OutOfMemoryError");
      assertThat(service.labelOfPhoto()).isEqualTo("church");
    }
  }
}
