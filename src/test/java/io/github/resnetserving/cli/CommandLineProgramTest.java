package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CommandLineProgramTest {

  @TempDir private Path folder;
  private final List<List<String>> served = new ArrayList<>();

  /** What a run printed and how it ended. */
  private record Result(int exitCode, String out, String err) {}

  @Test
  void withoutACommandItServes() {
    assertThat(run().exitCode()).isZero();
    assertThat(
            run("--port", "0", "--model", "a", "--model", "b", "--default-model", "a").exitCode())
        .isZero();
    assertThat(run("--precision", "BF16", "--device", "GPU:1").exitCode()).isZero();
    assertThat(served)
        .containsExactly(
            List.of(),
            List.of("--server.port=0", "--resnet.models=a,b", "--resnet.default-model=a"),
            List.of("--resnet.device=gpu:1", "--resnet.precision=bf16"));
  }

  @Test
  void theBareWordServesToo() {
    assertThat(run("serve").exitCode()).isZero();
    assertThat(served).containsExactly(List.of());
  }

  @Test
  void aServerThatCannotStartSaysWhyAndEndsWithOne() {
    Result plain = run(CommandLineProgramTest::failToServe, "serve");
    Result withOptions = run(CommandLineProgramTest::failToServe, "serve", "--port=0");

    assertThat(List.of(plain, withOptions))
        .allSatisfy(result -> {
          assertThat(result.exitCode()).isEqualTo(1);
          assertThat(result.err()).isEqualToNormalizingNewlines("the port is taken\n");
        });
  }

  @Test
  void helpListsEveryCommand() {
    assertThat(run("--help").out())
        .contains("serve", "classify", "features", "models", "train", "evaluate")
        .contains("calibrate", "bench", "capacity", "keys", "help");
    assertThat(run("help", "keys").out()).isEqualTo(run("keys", "--help").out());
  }

  @Test
  void aPropertyIsPassedOnAndAMisspeltOptionIsRefused() {
    assertThat(run("serve", "--resnet.batching.max-batch=4").exitCode()).isZero();
    Result misspelt = run("serve", "--prot", "80");

    assertThat(served).containsExactly(List.of("--resnet.batching.max-batch=4"));
    assertThat(misspelt.exitCode()).isEqualTo(2);
    assertThat(misspelt.err()).contains("\"--prot\" is no option of serve");
  }

  @Test
  void aDeviceThatIsNoneIsWrongUsage() {
    Result result = run("serve", "--device", "tpu");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("\"tpu\" is no device: take auto, cpu, or gpu:N");
  }

  @Test
  void aPlanIsWrittenForAGpuThatIsNotHere() throws Exception {
    Path plan = folder.resolve("plan.pt");
    Result result =
        run(
            "bench",
            "plan",
            "--models-dir=" + folder,
            "--for=gpu",
            "--precision=fp16",
            plan.toString());

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).isEqualTo(plan + System.lineSeparator());
    assertThat(Files.readString(plan, StandardCharsets.ISO_8859_1))
        .contains("torch.cudnn_convolution_add_relu(");
    Result impossible =
        run("bench", "plan", "--models-dir=" + folder, "--precision=fp16", plan.toString());
    assertThat(impossible.exitCode()).isEqualTo(2);
    assertThat(impossible.err()).contains("there is no fused plan in fp16 for a CPU");
  }

  @Test
  void aRoundIsMeasuredForEveryLineOfAProgramThatTakesTurns() {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream("\n\n".getBytes(StandardCharsets.UTF_8)));
    try {
      Result result = bench("--turns", "--plan=fused,eager", "--batch=2");

      assertThat(result.exitCode()).isZero();
      assertThat(result.out().lines().map(line -> line.replaceAll(" \\d+\\.\\d\\d$", " RATE")))
          .containsExactly("ready", "fused RATE", "eager RATE", "fused RATE", "eager RATE");
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void aBenchmarkOfNothingIsWrongUsage() {
    Result none = bench("--plan=eager", "--precision=bf16");
    Result two = bench("--turns", "--batch=1,8");

    assertThat(none.exitCode()).isEqualTo(2);
    assertThat(none.err()).contains("none of these plans exists here in these precisions");
    assertThat(two.exitCode()).isEqualTo(2);
    assertThat(two.err()).contains("--turns takes one batch size");
  }

  private Result bench(String... options) {
    String[] common = {"bench", "--arch=cifar-resnet20", "--seconds=0.01", "--rounds=1"};
    return run(Stream.of(common, options).flatMap(Stream::of).toArray(String[]::new));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "serve",
        "classify",
        "features",
        "models",
        "train",
        "evaluate",
        "calibrate",
        "bench",
        "capacity"
      })
  void everyCommandExplainsItself(String command) {
    Result result = run(command, "--help");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).startsWith("Usage: resnet-serving " + command);
  }

  @Test
  void helpListsTheCommands() {
    assertThat(run("--help").out()).contains("serve", "classify", "train", "evaluate");
    assertThat(run("--version").out()).startsWith("resnet-serving ");
  }

  @Test
  void photographsAreClassifiedAndABadOneIsNamed() throws Exception {
    Path good = folder.resolve("good.png");
    ImageIO.write(new BufferedImage(50, 40, BufferedImage.TYPE_INT_RGB), "png", good.toFile());
    Path bad = Files.writeString(folder.resolve("bad.png"), "no image");

    Result result =
        run(
            "classify",
            "--models-dir",
            folder.toString(),
            "--format",
            "json",
            "--top-k",
            "10",
            good.toString(),
            bad.toString());

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).startsWith(bad + ": ");
    JsonNode answer = new JsonMapper().readTree(result.out());
    assertThat(answer).hasSize(1);
    assertThat(answer.at("/0/id").asString()).isEqualTo(good.toString());
    double sum = 0;
    for (JsonNode prediction : answer.at("/0/predictions")) {
      sum += prediction.get("probability").asDouble();
    }
    assertThat(sum).isBetween(1 - 1e-6, 1 + 1e-6);
  }

  @Test
  void aTableHasALineForEachLabel() throws Exception {
    Path good = folder.resolve("good.png");
    ImageIO.write(new BufferedImage(50, 40, BufferedImage.TYPE_INT_RGB), "png", good.toFile());

    Result result =
        run("classify", "--models-dir", folder.toString(), "--top-k", "2", good.toString());

    assertThat(result.exitCode()).isZero();
    assertThat(result.out().lines()).hasSize(3);
    assertThat(result.out().lines().skip(1)).allMatch(l -> l.matches(" +\\d+\\.\\d\\d %  [\\w ]+"));
  }

  @Test
  void aNetworkIsTrainedEvaluatedAndServedByItsName() throws Exception {
    Path data = folder.resolve("data");
    for (int i = 0; i < 20; i++) {
      image(data.resolve("dark/%d.png".formatted(i)), 10 * i);
      image(data.resolve("bright/%d.png".formatted(i)), 0xffff00 - 10 * i);
    }
    String models = folder.resolve("models").toString();
    String[] train = {
      "train",
      "--arch=cifar-resnet8",
      "--name=light",
      "--epochs=2",
      "--batch-size=8",
      "--threads=1",
      "--data=" + data,
      "--models-dir=" + models,
      "--run-dir=" + folder.resolve("run")
    };

    Result trained = run(train);
    Result evaluated =
        run(
            "evaluate",
            "--model=light",
            "--models-dir=" + models,
            "--data=" + data,
            "--held-out",
            "--precision=fp32,FP32");
    Result calibrated =
        run(
            "calibrate",
            "--model=light",
            "--models-dir=" + models,
            "--images=" + data,
            "--count=8",
            "--without-held-out");
    Result classified =
        run(
            "classify",
            "--model=light",
            "--models-dir=" + models,
            data.resolve("dark/0.png").toString());

    assertThat(trained.out().strip()).isEqualTo(Path.of(models, "light", "1").toString());
    assertThat(trained.err()).contains("40 images of 2 classes", "epoch 2/2  loss ");
    assertThat(Path.of(models, "light", "1"))
        .isDirectoryContaining("glob:**/weights.safetensors")
        .isDirectoryContaining("glob:**/model.json")
        .isDirectoryContaining("glob:**/labels.csv")
        .isDirectoryContaining("glob:**/MODEL_CARD.md")
        .isDirectoryContaining("glob:**/learning-curve.png");
    assertThat(evaluated.out().lines().skip(1))
        .hasSize(2)
        .allMatch(line -> line.matches("fp32 +4 +\\S+% +100.00% .* 0 +\\S+"));
    assertThat(calibrated.out().strip())
        .isEqualTo(Path.of(models, "light", "1", "calibration.json") + ": 8 images");
    assertThat(classified.out()).contains("dark", "bright");
  }

  private static void image(Path file, int rgb) throws IOException {
    Files.createDirectories(file.getParent());
    BufferedImage image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    image.setRGB(
        0, 0, 32, 32, Collections.nCopies(1024, rgb).stream().mapToInt(v -> v).toArray(), 0, 32);
    ImageIO.write(image, "png", file.toFile());
  }

  @Test
  void anUnknownModelIsWrongUsageAndTheOthersAreListed() {
    Result result = run("classify", "--models-dir", folder.toString(), "--model", "x", "a.jpg");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("there is no model x").contains("cifar10-resnet20");
  }

  @Test
  void anUnknownArchitectureIsWrongUsageAndTheOthersAreListed() {
    Result result = run("train", "--arch", "vgg16", "--data", folder.toString());

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("there is no architecture \"vgg16\"").contains("resnet50");
  }

  @Test
  void dataThatIsNotThereIsAFailure() {
    Result result = run("train", "--data", folder.resolve("nothing").toString());

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("does not exist: give a folder or a tar");
  }

  static void failToServe(List<String> unused) {
    throw new IllegalStateException("the port is taken");
  }

  private Result run(String... words) {
    return run(served::add, words);
  }

  private static Result run(Consumer<List<String>> server, String... words) {
    PrintStream standardOut = System.out;
    PrintStream standardErr = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      int exitCode = new CommandLineProgram(server).run(words);
      return new Result(
          exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(standardOut);
      System.setErr(standardErr);
    }
  }
}
