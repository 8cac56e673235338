package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.audit.Scenes;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The audit and similar images, by the bundled network for small images. */
class DataCommandTest {

  @TempDir private Path folder;
  private Path data = Path.of("unset");

  /** Blue scenes and red scenes, of which one lies among the blue. */
  @BeforeEach
  void twoColours() throws Exception {
    data = folder.resolve("data");
    for (int i = 0; i < 20; i++) {
      Scenes.write(data.resolve("blue/%02d.png".formatted(i)), tinted(i, Color.BLUE));
      Scenes.write(data.resolve("red/%02d.png".formatted(i)), tinted(100 + i, Color.RED));
    }
    Scenes.write(data.resolve("blue/wrong.png"), tinted(300, Color.RED));
  }

  @Test
  void aLabelThatIsLikelyWrongIsFoundAndWritten() throws Exception {
    Path out = folder.resolve("out");

    ProgramRun run = check("--model", "cifar10-resnet20", "--output", out.toString());

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .startsWith("41 images of 2 classes\n")
        .containsPattern("labels +1\n +blue/wrong.png is blue \\([\\d.]+ %\\), rather red")
        .contains("likely wrong of 41, by the features of cifar10-resnet20")
        .endsWith(out + "\n");
    List<String> rows = Files.readAllLines(out.resolve("labels.csv"));
    assertThat(rows.getFirst()).isEqualTo("image,class,part,probability,rather,rather_probability");
    assertThat(rows).hasSize(2);
    assertThat(rows.getLast()).startsWith("blue/wrong.png,blue,training,0.").contains(",red,0.");
    assertThat(out.resolve("labels.png")).exists();
    assertThat(out.resolve("copies.png")).doesNotExist();
  }

  @Test
  void aQuickCheckAsksNoNetwork() {
    ProgramRun run = check("--quick");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("labels      not compared: there is no network");
  }

  @Test
  void aFolderIsNeededForTheTables() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));

    ProgramRun run = check("--quick", "--output", file.toString());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains(file + " is a file: the findings need a folder");
  }

  @Test
  void similarImagesComeBestFirst() throws Exception {
    Path index = folder.resolve("index");
    Path sheet = folder.resolve("sheet.png");

    ProgramRun built =
        ProgramRun.of(
            "similar",
            "build",
            data.toString(),
            "--index",
            index.toString(),
            "--model",
            "cifar10-resnet20");
    Path red = data.resolve("red/03.png");
    ProgramRun asked =
        ProgramRun.of(
            "similar",
            "query",
            "--index",
            index.toString(),
            red.toString(),
            "--top",
            "3",
            "--contact-sheet",
            sheet.toString());

    assertThat(built.exitCode()).as(built.err()).isZero();
    assertThat(built.out()).isEqualTo("41 images, 64 features each: %s%n".formatted(index));
    assertThat(asked.exitCode()).as(asked.err()).isZero();
    List<String> lines = asked.out().lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.getFirst()).isEqualTo(red.toString());
    assertThat(lines.get(1)).isEqualTo("  1.0000  " + red.toAbsolutePath());
    assertThat(lines.get(2)).contains("/red/");
    assertThat(sheet).exists();
  }

  @Test
  void anIndexNeedsImagesAndAQueryAnIndex() throws Exception {
    Path empty = Files.createDirectory(folder.resolve("empty"));

    assertThat(
            ProgramRun.of(
                "similar", "build", empty.toString(), "--index", folder.resolve("i").toString()))
        .satisfies(run -> {
          assertThat(run.exitCode()).isEqualTo(1);
          assertThat(run.err()).contains("there is no image to put into an index in " + empty);
        });
    assertThat(ProgramRun.of("similar", "query", "--index", empty.toString(), "x.jpg"))
        .satisfies(run -> {
          assertThat(run.exitCode()).isEqualTo(1);
          assertThat(run.err()).contains("holds no index: make one with similar build");
        });
    assertThat(
            ProgramRun.of("similar", "query", "--index", empty.toString(), "x.jpg", "--top", "0"))
        .satisfies(run -> {
          assertThat(run.exitCode()).isEqualTo(2);
          assertThat(run.err()).contains("--top is 0: it must be at least 1");
        });
  }

  private ProgramRun check(String... options) {
    List<String> words = new ArrayList<>(List.of("data", "check", data.toString()));
    words.addAll(List.of(options));
    return ProgramRun.of(words.toArray(String[]::new));
  }

  private static BufferedImage tinted(int number, Color color) {
    BufferedImage image = Scenes.draw(number, 40, 36);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(new Color(color.getRed(), color.getGreen(), color.getBlue(), 170));
    graphics.fillRect(0, 0, 40, 36);
    graphics.dispose();
    return image;
  }
}
