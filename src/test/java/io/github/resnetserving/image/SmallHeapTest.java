package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No image ends a program of the smallest heap that is supported. */
class SmallHeapTest {

  private static final int MOST_PIXELS = 7_500_000; // some less than a sixteenth of the heap

  @TempDir private Path folder;

  @Test
  void noImageExhaustsAHeapOf128Megabytes() throws Exception {
    int files = write();
    Process program =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx128m",
                    "-XX:+ExitOnOutOfMemoryError",
                    "-Djava.awt.headless=true",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path")),
                    SmallHeap.class.getName(),
                    folder.toString()))
            .redirectErrorStream(true)
            .start();
    String output = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(program.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(program.exitValue()).as(output).isZero();
    int prepared = 2 * (HostileImages.all().size() + HostileHeaders.pardonableBmps().size());
    assertThat(output.strip())
        .isEqualTo("%d prepared, %d refused".formatted(prepared, 2 * files - prepared));
  }

  private int write() throws Exception {
    int files = 0;
    for (Map.Entry<String, HostileImages.Generator> entry : HostileImages.all().entrySet()) {
      Files.write(folder.resolve("image " + files++), entry.getValue().of(MOST_PIXELS));
    }
    for (byte[] file : HostileHeaders.tiffs().keySet()) {
      Files.write(folder.resolve("image " + files++), file);
    }
    for (byte[] file : HostileHeaders.bmps().keySet()) {
      Files.write(folder.resolve("image " + files++), file);
    }
    for (byte[] file : HostileHeaders.pardonableBmps()) {
      Files.write(folder.resolve("image " + files++), file);
    }
    return files;
  }
}
