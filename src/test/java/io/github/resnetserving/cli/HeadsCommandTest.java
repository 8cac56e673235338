package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Heads on the bundled network for dark and bright noise. */
class HeadsCommandTest {

  @TempDir private Path folder;
  private Path data = Path.of("unset");
  private Path models = Path.of("unset");

  @BeforeEach
  void makeImages() throws Exception {
    data = folder.resolve("noise");
    models = folder.resolve("models");
    for (int i = 0; i < 6; i++) {
      noise(data.resolve("dark/%d.png".formatted(i)), 0, i);
      noise(data.resolve("bright/%d.png".formatted(i)), 128, i);
    }
  }

  private static void noise(Path file, int level, int seed) throws Exception {
    Files.createDirectories(file.getParent());
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 32 * 32; i++) {
      image.setRGB(i % 32, i / 32, (level + random.nextInt(128)) * 0x010101);
    }
    ImageIO.write(image, "png", file.toFile());
  }

  private ProgramRun run(String... words) {
    String[] all = new String[words.length + 1];
    System.arraycopy(words, 0, all, 0, words.length);
    all[words.length] = "--models-dir=" + models;
    return ProgramRun.of(all);
  }

  private ProgramRun fit(String... more) {
    String[] words = new String[4 + more.length];
    words[0] = "heads";
    words[1] = "fit";
    words[2] = "--model=cifar10-resnet20";
    words[3] = "--data=" + data;
    System.arraycopy(more, 0, words, 4, more.length);
    return run(words);
  }

  @Test
  void aHeadIsFittedListedUsedEvaluatedAndRemoved() {
    ProgramRun fitted = fit();

    assertThat(fitted.exitCode()).as(fitted.err()).isZero();
    assertThat(fitted.out())
        .matches(
            """
            head      noise version 1 of cifar10-resnet20
            classes   2: bright, dark
            images    12
            features  64 of version 1, fp32
            kind      linear, C \\S+
            accuracy  100.0 % by cross-validation in 5 folds
            seconds   \\d+\\.\\d for the features, \\d+\\.\\d to fit
            """);

    ProgramRun listed = run("heads", "list");
    assertThat(listed.exitCode()).as(listed.err()).isZero();
    assertThat(listed.out().lines().toList().getFirst())
        .matches(
            "MODEL +HEAD +VERSION +KIND +CLASSES +IMAGES +ACCURACY +DIGEST +WEIGHTS +CREATED"
                + " +DATA");
    assertThat(listed.out().lines().toList().get(1))
        .matches(
            "cifar10-resnet20 +noise +1 +linear +2 +12 +100\\.0 % +[0-9a-f]{12} +[0-9a-f]{12} +\\S+"
                + " +.*noise");

    ProgramRun told =
        run(
            "classify",
            "--model=cifar10-resnet20",
            "--head=noise",
            "--format=ndjson",
            "--top-k=1",
            data.resolve("dark/1.png").toString());
    assertThat(told.exitCode()).as(told.err()).isZero();
    assertThat(told.out()).contains("dark").doesNotContain("bright");

    ProgramRun evaluated =
        run("evaluate", "--model=cifar10-resnet20", "--head=noise", "--data=" + data);
    assertThat(evaluated.exitCode()).as(evaluated.err()).isZero();
    assertThat(evaluated.out().lines().toList().get(1))
        .matches("fp32 +12 +100\\.00% +100\\.00% .*");

    assertThat(run("heads", "remove", "noise", "--model=cifar10-resnet20").exitCode()).isZero();
    assertThat(run("heads", "list").out().lines()).hasSize(1);
  }

  @Test
  void neighboursVoteWhereTheyAreAsked() {
    ProgramRun fitted = fit("--kind=nearest", "--k=3", "--name=near");

    assertThat(fitted.exitCode()).as(fitted.err()).isZero();
    assertThat(fitted.out())
        .contains("near version 1", "nearest, 3 vote", "100.0 % by cross-validation in 12 folds");
    assertThat(fit("--name=near").out()).contains("near version 2");
  }

  @Test
  void whatCannotBeIsRefused() throws Exception {
    ProgramRun unknown =
        run("classify", "--model=cifar10-resnet20", "--head=birds", data.toString());
    assertThat(unknown.exitCode()).isEqualTo(1);
    assertThat(unknown.err())
        .isEqualToNormalizingNewlines(
            "The model cifar10-resnet20 has no head birds, and no other. Make one with heads fit"
                + " --model cifar10-resnet20 --data DIR.\n");

    assertThat(fit("--name=a/b").err()).startsWith("\"a/b\" is no name for a head");
    assertThat(fit("--kind=nearest", "--k=12").err())
        .isEqualToNormalizingNewlines(
            "k is 12: it must be between 1 and 11, one less than there are images.\n");

    Files.writeString(data.resolve("dark/notes.txt"), "no image");
    ProgramRun failed = fit();
    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.err()).contains("dark/notes.txt cannot be used: ", "Leave it out.");
    assertThat(run("heads", "list").out().lines()).hasSize(1); // the header
  }
}
