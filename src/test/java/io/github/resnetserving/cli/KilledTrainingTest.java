package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.ResNetServing;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code train} as a program of its own, which is killed as the kernel kills. */
@Timeout(300)
class KilledTrainingTest {

  private static final int EPOCHS = 40;
  private static final List<Integer> KILLED_IN_EPOCH = List.of(2, 9, 17, 24, 33);

  @TempDir private Path folder;
  private final Random random = new Random(5);

  @Test
  void aRunThatIsKilledFiveTimesEndsWithTheWeightsOfOneThatIsNot() throws Exception {
    Path images = folder.resolve("images");
    for (int i = 0; i < 20; i++) {
      image(images.resolve("night/%d.png".formatted(i)), 0);
      image(images.resolve("day/%d.png".formatted(i)), 128);
    }
    assertThat(wait(start(images, "whole"))).isZero();

    for (int epoch : KILLED_IN_EPOCH) {
      Process run = start(images, "killed");
      try (BufferedReader lines = run.errorReader()) {
        String line = lines.readLine();
        while (line != null && !line.contains("epoch %d/%d  loss".formatted(epoch, EPOCHS))) {
          line = lines.readLine();
        }
        assertThat(line).as("epoch %d", epoch).isNotNull();
        var _ = run.waitFor(random.nextInt(60), TimeUnit.MILLISECONDS); // some steps further
        run.destroyForcibly();
        assertThat(run.waitFor()).as("killed by signal 9").isEqualTo(128 + 9);
      }
    }
    assertThat(wait(start(images, "killed"))).isZero();

    Path whole = folder.resolve("models-whole/net/1/weights.safetensors");
    Path killed = folder.resolve("models-killed/net/1/weights.safetensors");
    assertThat(killed).hasSameBinaryContentAs(whole);
    assertThat(Files.readAllLines(killed.resolveSibling("history.csv"))).hasSize(EPOCHS + 1);
  }

  private Process start(Path images, String run) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                ResNetServing.class.getName(),
                "train",
                images.toString(),
                "--name=net",
                "--arch=cifar-resnet8",
                "--epochs=" + EPOCHS,
                "--batch-size=8",
                "--threads=1",
                "--save-minutes=0.0001"));
    command.add("--run-dir=" + folder.resolve("run-" + run));
    command.add("--models-dir=" + folder.resolve("models-" + run));
    return new ProcessBuilder(command).redirectOutput(folder.resolve("out").toFile()).start();
  }

  /** Reads what it prints to the end, so that it is not held up. */
  private static int wait(Process run) throws Exception {
    try (BufferedReader lines = run.errorReader()) {
      List<String> printed = lines.lines().toList();
      assertThat(printed).as("%s", printed).anyMatch(line -> line.startsWith("To use it:"));
    }
    return run.waitFor();
  }

  private void image(Path file, int base) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 32 * 32; i++) {
      image.setRGB(i % 32, i / 32, (base + random.nextInt(128)) * 0x010101);
    }
    ImageIO.write(image, "png", file.toFile());
  }
}
