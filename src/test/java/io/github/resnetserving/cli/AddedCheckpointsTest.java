package io.github.resnetserving.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints that PyTorch and transformers wrote, good and broken, as models to add. */
class AddedCheckpointsTest {

  private static final Path CHECKPOINTS = Path.of("../shared/reference/checkpoints");

  @TempDir private Path models;

  @BeforeEach
  void referenceIsThere() {
    assumeTrue(Files.isDirectory(CHECKPOINTS), "skipped: there are no checkpoints in ../shared");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain.pth",
        "plain.safetensors",
        "legacy_format.th",
        "training_state.pth",
        "nested_data_parallel.pth",
        "fp16.safetensors"
      })
  void everyKindOfCheckpointCanBeAdded(String file) {
    assertThat(add(file).out()).isEqualTo(models.resolve("net/1") + System.lineSeparator());
    assertThat(describe().lines())
        .contains(
            "depth        20",
            "width        64",
            "parameters   269,722",
            "classes      10",
            "input        resize32-bilinear-crop32-norm75e2c565");
  }

  @Test
  void aHuggingFaceFolderBringsItsLabels() {
    assertThat(add("huggingface").exitCode()).isZero();
    assertThat(describe().lines())
        .contains(
            "depth        20",
            "width        128",
            "blocks       2, 1, 2, 1 (bottleneck)",
            "parameters   39,439",
            "classes      7",
            "variant      v1.5",
            "input        resize256-bilinear-crop224",
            "labels       LABEL_0; LABEL_1; LABEL_2; LABEL_3; LABEL_4; and 2 more");
  }

  @ParameterizedTest
  @CsvSource({
    "has_nan.pth, holds NaN at position",
    "missing_tensor.pth, missing: ",
    "wrong_shape.pth, are not. ",
    "evil_reduce.pth, the file wants to call posix.system",
    "truncated.safetensors, the file is truncated"
  })
  void aBrokenCheckpointIsNotAdded(String file, String finding) {
    ProgramRun result = add(file);

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains(finding);
    assertThat(models).isEmptyDirectory();
  }

  private ProgramRun add(String file) {
    return ProgramRun.of(
        "models",
        "add",
        "net",
        "--weights",
        CHECKPOINTS.resolve(file).toString(),
        "--models-dir",
        models.toString());
  }

  private String describe() {
    return ProgramRun.of("models", "describe", "net", "--models-dir", models.toString()).out();
  }
}
