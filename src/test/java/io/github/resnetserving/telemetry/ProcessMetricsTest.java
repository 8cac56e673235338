package io.github.resnetserving.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessMetricsTest {

  @TempDir private Path folder;

  private final MeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void memoryIsReadFromTheProcessesStatus() throws IOException {
    // 1 TiB is more than any JVM that runs tests has committed.
    Path status =
        Files.writeString(
            folder.resolve("status"),
            "Name:\tjava\nVmRSS:\t 2073741824 kB\nRssAnon:\t 1073741824 kB\nThreads:\t4\n");

    new ProcessMetrics(status).bindTo(registry);

    assertThat(registry.get("process.resident.memory").gauge().value())
        .isEqualTo(2073741824.0 * 1024);
    assertThat(registry.get("process.native.memory").gauge().value())
        .isBetween(0.5 * (1L << 40), 1.0 * (1L << 40));
  }

  @Test
  void whereThereIsNoStatusThereAreNoMeters() {
    new ProcessMetrics(folder.resolve("nothing")).bindTo(registry);

    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void aFieldThatIsMissingIsNoNumber() throws IOException {
    Path status = Files.writeString(folder.resolve("status"), "Name:\tjava\n");

    new ProcessMetrics(status).bindTo(registry);

    assertThat(registry.get("process.resident.memory").gauge().value()).isNaN();
  }
}
