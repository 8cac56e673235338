package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.audit.Scenes;
import io.github.resnetserving.engine.ComputeDevice;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** From a folder of images to a model that classifies. */
class TrainCommandTest {

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void aFolderBecomesAModelThatIsServedAtOnce() throws Exception {
    Path images = folder.resolve("Day & night");
    for (int i = 0; i < 24; i++) {
      image(images.resolve("night/%d.png".formatted(i)), 0, i);
      image(images.resolve("day/%d.png".formatted(i)), 128, 100 + i);
    }

    assertThat(train(images.toString(), "--epochs", "2")).as("%s", err).isZero();

    assertThat(err.toString())
        .contains("48 images of 2 classes: 44 to learn from, 4 held out; short edge 36 pixels")
        .contains("start from  the model cifar10-resnet20  (--from, --arch)")
        .contains("recipe      fine-tune  (--recipe)")
        .contains("epochs      2, in about")
        .contains("epoch 2/2")
        .contains("To use it: classify --model Day-night photo.jpg");
    assertThat(out.toString()).isEqualTo(folder.resolve("models/Day-night/1") + "\n");
    Path model = folder.resolve("models/Day-night/1");
    try (var files = Files.list(model)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "model.json",
              "labels.csv",
              "weights.safetensors",
              "MODEL_CARD.md",
              "history.csv",
              "recipe.json",
              "learning-curve.png");
    }
    assertThat(Files.readString(model.resolve("labels.csv"))).contains("day").contains("night");
    assertThat(Files.readString(model.resolve("MODEL_CARD.md")))
        .contains("trained by\nthis program from the model cifar10-resnet20.");
    assertThat(folder.resolve("run/state.safetensors")).doesNotExist();
    assertThat(folder.resolve("run/plan.json")).doesNotExist();
    Path report = folder.resolve("run/report/report.html");
    assertThat(err.toString()).contains("Report: " + report);
    assertThat(Files.readString(report))
        .contains("Training of Day-night")
        .contains("4 that the network did not learn from");
    assertThat(Files.readAllLines(folder.resolve("run/report/history.csv"))).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource({
    "--shortcut C, shortcuts C",
    "--block v1 --shortcut B --width 0.5, 'shortcuts B, blocks v1, width 0.5'",
    "--block v2 --zero-last-gamma, blocks v2",
    "--block sum-norm, blocks sum-norm"
  })
  void everyVariantOfANetworkIsTrainedAndServed(String options, String description)
      throws Exception {
    Path images = folder.resolve("images");
    for (int i = 0; i < 10; i++) {
      image(images.resolve("night/%d.png".formatted(i)), 0, i);
      image(images.resolve("day/%d.png".formatted(i)), 128, 100 + i);
    }
    List<String> words = new ArrayList<>(List.of(images.toString(), "--arch", "cifar-resnet8"));
    words.addAll(List.of(options.split(" ", -1)));
    words.addAll(List.of("--epochs", "1"));

    assertThat(train(words.toArray(String[]::new))).as("%s", err).isZero();

    assertThat(err.toString())
        .contains("start from  cifar-resnet8, %s, with random weights".formatted(description));
    StringWriter answer = new StringWriter();
    assertThat(
            new CommandLine(new ClassifyCommand())
                .registerConverter(ComputeDevice.Setting.class, ComputeDevice.Setting::new)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(answer, true))
                .setErr(new PrintWriter(err, true))
                .execute(
                    "--models-dir",
                    folder.resolve("models").toString(),
                    "--model",
                    "images",
                    images.resolve("day/1.png").toString()))
        .as("%s", err)
        .isZero();
    assertThat(answer.toString()).containsAnyOf("%  day", "%  night");
  }

  @Test
  void aTrainedNetworkHasItsOwnBlocks() throws Exception {
    assertThat(train(folder.toString(), "--block", "v2")).isEqualTo(2);
    assertThat(err.toString()).contains("--shortcut, --block and --width belong to --arch");
  }

  @Test
  void aRunOfOtherWishesIsNotContinued() throws Exception {
    Path images = folder.resolve("images");
    for (int i = 0; i < 8; i++) {
      image(images.resolve("a/%d.png".formatted(i)), 0, i);
      image(images.resolve("b/%d.png".formatted(i)), 128, i);
    }
    Files.createDirectories(folder.resolve("run"));
    Files.writeString(folder.resolve("run/plan.json"), "{\"wishes\": \"others\"}");

    assertThat(train(images.toString(), "--epochs", "1")).isEqualTo(1);

    assertThat(err.toString()).contains("plan.json belongs to another run (others) than this one");
  }

  @Test
  void aLeakEndsTheRunUnlessItIsAllowed() throws Exception {
    Path images = folder.resolve("images");
    Scenes.fill(images.resolve("train/a"), 0, 8);
    Scenes.fill(images.resolve("train/b"), 100, 8);
    Scenes.fill(images.resolve("val/a"), 200, 1);
    Scenes.fill(images.resolve("val/b"), 300, 1);
    Scenes.write(images.resolve("val/b/leak.png"), Scenes.mirrored(Scenes.draw(102, 64, 48)));

    assertThat(train(images.toString(), "--epochs", "1", "--audit", "quick")).isEqualTo(1);

    assertThat(err.toString())
        .contains("  train/b/102.png (training) = val/b/leak.png (validation), mirrored")
        .contains("Remove one of each, or train with --allow-leaks");
    assertThat(folder.resolve("models")).doesNotExist();
    assertThat(train(images.toString(), "--epochs", "1", "--audit", "quick", "--allow-leaks"))
        .as("%s", err)
        .isZero();
    assertThat(Files.readString(folder.resolve("run/report/report.html")))
        .contains("<h2>Data</h2>")
        .contains("<td>leaks between training, validation and test</td><td>1</td>");
    assertThat(Files.readAllLines(folder.resolve("run/audit/leaks.csv"))).hasSize(2);
  }

  @Test
  void suspectsAreLeftOutOrWeighLess() throws Exception {
    Path images = folder.resolve("images");
    Scenes.fill(images.resolve("train/a"), 0, 10);
    Scenes.fill(images.resolve("train/b"), 100, 10);
    Scenes.fill(images.resolve("val/a"), 200, 2);
    Scenes.fill(images.resolve("val/b"), 300, 2);
    Path suspects = folder.resolve("suspects.csv");
    Files.writeString(suspects, "image\ntrain/a/001.png\ntrain/a/002.png\nval/a/200.png\n");

    assertThat(
            train(
                images.toString(),
                "--epochs",
                "1",
                "--audit-model",
                "cifar10-resnet20",
                "--drop-suspects",
                suspects.toString()))
        .as("%s", err)
        .isZero();

    assertThat(err.toString())
        .contains("24 images of 2 classes: 18 to learn from, 4 for validation");
    assertThat(Files.readString(folder.resolve("run/report/report.html")))
        .contains("<h2>Labels that are likely wrong</h2>");
    assertThat(folder.resolve("run/audit/labels.csv")).exists();
    assertThat(images.resolve("train/a/001.png")).exists();

    assertThat(
            train(
                images.toString(),
                "--epochs",
                "1",
                "--audit",
                "off",
                "--down-weight-suspects",
                suspects.toString()))
        .as("%s", err)
        .isZero();
    assertThat(err.toString())
        .contains("24 images of 2 classes: 20 to learn from, 4 for validation");
  }

  @Test
  void wishesAboutSuspectsMustFit() throws Exception {
    Path images = folder.resolve("images");
    Scenes.fill(images.resolve("a"), 0, 2);
    Scenes.fill(images.resolve("b"), 100, 2);

    assertThat(train(images.toString(), "--audit", "quick", "--drop-suspects", "auto"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("auto needs --audit full");
    assertThat(
            train(images.toString(), "--drop-suspects", "auto", "--down-weight-suspects", "auto"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("exclude each other");
  }

  @Test
  void dataMustBeSaidOnce() {
    assertThat(train()).isEqualTo(2);
    assertThat(err.toString()).contains("say once where the images are");
    assertThat(train("a", "--data", "b")).isEqualTo(2);
  }

  @Test
  void anImpossibleFieldIsNamed() throws Exception {
    Path images = folder.resolve("images");
    for (int i = 0; i < 4; i++) {
      image(images.resolve("a/%d.png".formatted(i)), 0, i);
      image(images.resolve("b/%d.png".formatted(i)), 128, i);
    }

    assertThat(train(images.toString(), "--epochs", "many")).isEqualTo(1);
    assertThat(err.toString()).contains("the recipe default cannot be taken").contains("many");
    assertThat(train(images.toString(), "--epochs", "1", "--freeze", "9")).isEqualTo(2);
    assertThat(err.toString()).contains("freeze is 9: it must be at most 4");
  }

  private int train(String... words) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--models-dir",
                folder.resolve("models").toString(),
                "--run-dir",
                folder.resolve("run").toString(),
                "--threads",
                "1"));
    all.addAll(List.of(words));
    return new CommandLine(new TrainCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .setExecutionExceptionHandler((failure, command, parsed) -> {
          command.getErr().println(failure.getMessage());
          return 1;
        })
        .execute(all.toArray(String[]::new));
  }

  private static void image(Path file, int base, int seed) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(40, 36, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 40 * 36; i++) {
      int level = base + random.nextInt(128);
      image.setRGB(i % 40, i / 40, level << 16 | level << 8 | level);
    }
    ImageIO.write(image, "png", file.toFile());
  }
}
