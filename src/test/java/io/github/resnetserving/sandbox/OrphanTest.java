package io.github.resnetserving.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A helper does not outlive a service that is killed. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "signals are sent by kill")
@Timeout(120)
class OrphanTest {

  @ParameterizedTest
  @ValueSource(strings = {"loop", "stand", "stop", "deaf", "yield"})
  void aHelperEndsWithItsServiceWhateverItsDecoderDoes(String fault) throws Exception {
    if (fault.equals("stop") && OS.current() != OS.LINUX) {
      return; // elsewhere nothing ends a process that is stopped
    }
    Process service =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                FaultyService.class.getName(),
                fault)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = service.inputReader()) {
      String pid = out.lines().filter(line -> line.matches("\\d+")).findFirst().orElseThrow();
      ProcessHandle helper = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
      assertThat(helper.isAlive()).isTrue();

      service.destroyForcibly();

      await().atMost(Duration.ofSeconds(60)).until(() -> !helper.isAlive());
    } finally {
      service.destroyForcibly();
    }
  }
}
