package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Checkpoints modelled on public reports, with the answers that PyTorch gives for one image. */
class CheckpointCasesTest {

  private static final Path CASES = Path.of("../shared/cases/models");
  private static final String IMAGE = "x32.png";

  @TempDir private Path folder;

  @BeforeEach
  void casesAreThere() {
    assumeTrue(Files.isDirectory(CASES), "skipped: there are no cases in ../shared");
  }

  /** The first file's probability is of an own forward pass in float64, as the others' are. */
  @ParameterizedTest
  @CsvSource({
    "cifar_maxpool_3x3stem.pth, 4, 0.896, --stem-pool",
    "cifar_maxpool_3x3stem.pth, 7, 0.709, --no-stem-pool",
    "ema_differs.pth, 5, 0.884, --ema",
    "ema_differs.pth, 9, 0.858, ''",
    "lightning_crit.ckpt, 5, 0.884, ''",
    "prefix_net.pth, 5, 0.884, ''",
    "thop_total_ops.pth, 5, 0.884, ''",
    "dtype_hp.pth, 5, 0.908, ''",
    "fc_seq1.pth, 5, 0.884, --head=fc.1",
    "script.pt, 5, 0.884, ''",
    "sharded, 5, 0.884, ''"
  })
  void aCheckpointAnswersAsPyTorchDoes(String file, int index, double probability, String option) {
    assertThat(add(file, option.isEmpty() ? List.of() : List.of(option)).exitCode()).isZero();

    JsonNode best = classify().at("/0/predictions/0");
    assertThat(best.get("index").asInt()).isEqualTo(index);
    assertThat(best.get("probability").asDouble()).isCloseTo(probability, within(1e-3));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cifar_maxpool_3x3stem.pth | assumed: no max pool follows the first convolution"
            + " (--stem-pool, stem_pool in model.json)",
        "cifar_maxpool_3x3stem.pth | assumed: the first convolution, 3×3, has stride 1"
            + " (--stem-stride, stem_stride in model.json)",
        "ema_differs.pth | note: taken is state_dict (56 tensors); the file has state_dict_ema (56"
            + " tensors), too: --ema takes that",
        "lightning_crit.ckpt | note: 1 tensor is no part of the network and left: criterion.weight",
        "script.pt | note: the file is TorchScript: its weights are taken, its program is neither"
            + " run nor looked at. Where that does more than a ResNet, as standardising the image,"
            + " say so with --mean and --std",
        "headless.pth | assumed: there is no classifier, so that the model gives features alone,"
            + " and no classes (--head, head in model.json)",
        "dtype_hp.pth | assumed: the preprocessing is cifar: the short edge becomes 32, the middle"
            + " 32×32 is taken, mean [0.4914, 0.4822, 0.4465], std [0.247, 0.2435, 0.2616]"
            + " (--preprocessing, --mean, --std; --check DIR compares with labelled images)"
      })
  void whatIsAssumedIsSaid(String file, String line) {
    ProgramRun added = add(file, List.of());

    assertThat(added.exitCode()).isZero();
    assertThat(added.err().lines()).contains(line);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fc_seq1.pth | the classifier is expected as fc or linear (weight and bias), and there is"
            + " neither; there is fc.1 (10 classes). Name the classifier with --head (head in"
            + " model.json), or say --head none"
      })
  void whatCannotBeTakenIsSaidToBeWhatItIs(String file, String message) {
    ProgramRun added = add(file, List.of());

    assertThat(added.exitCode()).isEqualTo(1);
    assertThat(added.err()).startsWith(message);
    assertThat(folder.resolve("models")).doesNotExist();
  }

  @Test
  void aCheckNamesTheOptionsThatFitAndAddsNothingElse() throws Exception {
    Path answers = folder.resolve("answers.csv");
    Files.writeString(
        answers,
        "file,class,probability\n%s,class_4,0.896\n"
            .formatted(CASES.resolve(IMAGE).toAbsolutePath()));

    ProgramRun guessed = add("cifar_maxpool_3x3stem.pth", List.of("--check", answers.toString()));
    ProgramRun said =
        add(
            "cifar_maxpool_3x3stem.pth",
            List.of("--check", answers.toString(), "--stem-pool", "--stem-stride", "1"));

    assertThat(guessed.exitCode()).isEqualTo(1);
    assertThat(guessed.out()).isEmpty();
    assertThat(guessed.err().lines())
        .contains(
            "check: 1 image with a known answer",
            "  0 of 1 right, mean probability 0.000, off by 0.8960   as it would be added"
                + " --stem-stride 1 --no-stem-pool",
            "check: best is --stem-stride 1 --stem-pool",
            "not added: give --stem-stride 1 --stem-pool, or say what was assumed with the same"
                + " options to have it so");
    assertThat(said.exitCode()).isZero();
    assertThat(said.err()).contains("check: nothing fits better than what was assumed");
  }

  private ProgramRun add(String file, List<String> options) {
    List<String> words =
        new ArrayList<>(
            List.of("models", "add", "net", "--weights", CASES.resolve(file).toString()));
    words.addAll(options);
    words.addAll(List.of("--models-dir", folder.resolve("models").toString()));
    return ProgramRun.of(words.toArray(String[]::new));
  }

  private JsonNode classify() {
    ProgramRun classified =
        ProgramRun.of(
            "classify",
            "--models-dir",
            folder.resolve("models").toString(),
            "--model",
            "net",
            "--format",
            "json",
            CASES.resolve(IMAGE).toString());
    return JsonMapper.shared().readTree(classified.out());
  }
}
