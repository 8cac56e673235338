package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.graph.FormulaCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundled network on one image that it knows and one that is labelled wrongly. */
class EvaluateCommandTest {

  private static final Path HORSE = Path.of("src/test/resources/horse.webp");

  @TempDir private Path folder;
  private Path data = Path.of("unset");

  @BeforeEach
  void label() throws Exception {
    data = folder.resolve("data");
    for (String name : List.of("horse", "cat")) {
      Files.createDirectories(data.resolve(name));
      Files.copy(HORSE, data.resolve(name).resolve("1.webp"));
    }
  }

  @Test
  void everyPrecisionHasALine() {
    ProgramRun run = evaluate("--precision=fp32,FP32");

    assertThat(run.exitCode()).as(run.err()).isZero();
    List<String> lines = run.out().lines().toList();
    assertThat(lines.getFirst())
        .matches("precision +images +top-1 +top-5 +log loss +calibration +changed +images/s");
    assertThat(lines.subList(1, lines.size()))
        .hasSize(2)
        .allMatch(
            line -> line.matches("fp32 +2 +50.00% +\\S+% +\\d+\\.\\d{4} +\\d+\\.\\d\\d% +0 +\\S+"));
  }

  @Test
  void theReportTellsTheCommandAndTheAnswersAreAFile() throws Exception {
    Path report = folder.resolve("report");
    Path csv = folder.resolve("answers.csv");

    ProgramRun run = evaluate("--report=" + report, "--csv=" + csv, "--scales=32,48");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out().lines().toList().getLast())
        .isEqualTo(report.resolve("report.html").toString());
    assertThat(Files.readString(report.resolve("report.html")))
        .contains(
            "resnet-serving evaluate --model=cifar10-resnet20 --data=" + data,
            "the whole image with short edges of 32, 48, mean of the probabilities",
            "fused on cpu",
            "sha256:");
    List<String> answers = Files.readAllLines(csv);
    assertThat(answers.getFirst())
        .isEqualTo(
            "precision,name,label,answer,probability,answer_2,probability_2,answer_3,probability_3,"
                + "answer_4,probability_4,answer_5,probability_5");
    assertThat(answers.get(1)).matches("fp32,cat/1.webp,cat,horse,0\\.\\d{6},.*");
    assertThat(answers.get(2)).matches("fp32,horse/1.webp,horse,horse,0\\.\\d{6},.*");
    assertThat(answers).hasSize(3);
  }

  @Test
  void tenCropsOfANetworkWithRoomForThemAreEvaluated() throws Exception {
    Path weights = FormulaCheckpoint.write(folder.resolve("net.safetensors"), "cifar-resnet8", 2);
    Path labels = Files.writeString(folder.resolve("labels.txt"), "cat\nhorse\n");
    Path preprocessing =
        Files.writeString(
            folder.resolve("input.json"),
            """
            {"preprocessing": {"resize": 40, "interpolation": "bilinear", "crop": 32,
             "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}}
            """);
    ProgramRun added =
        ProgramRun.of(
            "models",
            "add",
            "roomy",
            "--models-dir=" + folder,
            "--weights=" + weights,
            "--labels=" + labels,
            "--preprocessing=" + preprocessing);

    ProgramRun run =
        ProgramRun.of(
            "evaluate", "--model=roomy", "--models-dir=" + folder, "--data=" + data, "--crops=10");

    assertThat(added.exitCode()).as(added.err()).isZero();
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out().lines().toList().get(1)).matches("fp32 +2 +50.00% +100.00% .*");
  }

  @Test
  void whatCannotBeEvaluatedIsExplained() throws Exception {
    ProgramRun crops = evaluate("--crops=5");
    assertThat(crops.exitCode()).isEqualTo(2);
    assertThat(crops.err()).startsWith("--crops is 5: it must be 1 or 10");
    assertThat(evaluate("--crops=10", "--scales=32").err())
        .startsWith("--crops and --scales exclude each other: at a scale the whole image is shown");
    assertThat(evaluate("--scales=32", "--precision=int8").err())
        .startsWith("--scales needs fp32 or bf16: plans in int8 are made for one size of images");
    assertThat(evaluate("--scales=8").err()).startsWith("the scales are [8]: give at least one");
    assertThat(evaluate("--crops=10").err())
        .contains("cifar10-resnet20 takes the whole short edge of 32 pixels as its crop");
    Files.createDirectories(data.resolve("zebra"));
    Files.copy(HORSE, data.resolve("zebra/1.webp"));
    assertThat(evaluate().err())
        .startsWith(
            "the folder \"zebra\" matches no label, WordNet id or index of the model's 10"
                + " classes.");
  }

  @Test
  void anImageThatCannotBeReadEndsTheEvaluation() throws Exception {
    Files.writeString(data.resolve("cat/2.png"), "no image");

    ProgramRun run = evaluate();

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("cat/2.png is no image that can be read: ");
  }

  @Test
  void whatIsHeldOutMayBeNothing() {
    ProgramRun run = evaluate("--held-out");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("the class cat of " + data + " has no images to hold out: it needs at least two");
  }

  private ProgramRun evaluate(String... options) {
    List<String> words =
        new ArrayList<>(List.of("evaluate", "--model=cifar10-resnet20", "--data=" + data));
    words.addAll(Arrays.asList(options));
    return ProgramRun.of(words.toArray(String[]::new));
  }
}
