package io.github.resnetserving.checkpoint;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.github.resnetserving.tensor.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SequencedMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that PyTorch and safetensors themselves wrote, good and hostile. */
class ReferenceCheckpointsTest {

  private static final Path FOLDER = Path.of("../shared/reference/checkpoints");

  @BeforeEach
  void requireReferenceFiles() {
    Assumptions.assumeTrue(
        Files.isDirectory(FOLDER), "skipped: the reference files are not at " + FOLDER);
  }

  private static Checkpoint open(String file) throws WeightsException {
    return Checkpoint.open(FOLDER.resolve(file).toUri());
  }

  @Test
  void aStateDictHasTheValuesThatTheFormulaGives() throws Exception {
    try (var checkpoint = open("plain.pth")) {
      assertThat(checkpoint.tensors()).hasSize(116);
      checkpoint
          .tensors()
          .forEach((name, tensor) ->
              assertThat(tensor.toFloats())
                  .as(name)
                  .isEqualTo(FormulaWeights.values(name, tensor.shape(), /* bottleneck= */ false)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "training_state.pth",
        "nested_data_parallel.pth",
        "legacy_format.th",
        "plain.safetensors",
        "strided_views.pth"
      })
  void everyFormatHoldsTheSameTensors(String file) throws Exception {
    try (var plain = open("plain.pth");
        var other = open(file)) {
      assertThat(other.tensors().keySet())
          .containsExactlyInAnyOrderElementsOf(plain.tensors().keySet());
      requireEqual(plain.tensors(), other.tensors());
    }
  }

  private static void requireEqual(
      SequencedMap<String, Tensor> expected, SequencedMap<String, Tensor> actual) {
    expected.forEach((name, tensor) -> {
      Tensor found = requireNonNull(actual.get(name));
      assertThat(found.shape()).as(name).isEqualTo(tensor.shape());
      assertThat(found.dtype()).as(name).isEqualTo(tensor.dtype());
      assertThat(found.name()).isEqualTo(name);
      assertThat(found.toFloats()).as(name).isEqualTo(tensor.toFloats());
    });
  }

  @ParameterizedTest
  @CsvSource({"fp16.safetensors, F16, 0x1p-11", "bf16.safetensors, BF16, 0x1p-8"})
  void halfPrecisionDiffersByItsRounding(String file, DType dtype, String relative)
      throws Exception {
    float tolerance = Float.parseFloat(relative);
    try (var plain = open("plain.pth");
        var half = open(file)) {
      for (Tensor tensor : half.tensors().values()) {
        if (!tensor.name().endsWith("num_batches_tracked")) {
          assertThat(tensor.dtype()).isEqualTo(dtype);
          requireClose(requireNonNull(plain.tensors().get(tensor.name())), tensor, tolerance);
        }
      }
    }
  }

  private static void requireClose(Tensor expected, Tensor actual, float tolerance) {
    float[] saved = expected.toFloats();
    float[] rounded = actual.toFloats();
    for (int i = 0; i < saved.length; i++) {
      // Below 2^-14 float16 has a fixed step of 2^-24.
      float margin = Math.max(Math.abs(saved[i]) * tolerance, 0x1p-25f);
      if (!(Math.abs(rounded[i] - saved[i]) <= margin)) {
        fail("%s at %d is %s where %s was saved", actual.name(), i, rounded[i], saved[i]);
      }
    }
  }

  @Test
  void safetensorsTellsItsMetadata() throws Exception {
    try (var checkpoint = open("plain.safetensors")) {
      assertThat(checkpoint.metadata()).containsEntry("format", "pt");
    }
  }

  @Test
  void aHuggingFaceModelKeepsItsOwnNames() throws Exception {
    try (var checkpoint = open("huggingface/model.safetensors")) {
      assertThat(checkpoint.tensors())
          .containsKeys("classifier.1.weight", "resnet.embedder.embedder.convolution.weight");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"has_nan.pth", "missing_tensor.pth", "wrong_shape.pth"})
  void whetherTheWeightsFitANetworkIsNotJudgedHere(String file) throws Exception {
    try (var checkpoint = open(file)) {
      assertThat(checkpoint.tensors()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "evil_reduce.pth | the file wants to call posix.system, which plain weights never need: refused; nothing was executed",
        "evil_legacy.pth | the file wants to call posix.system, which plain weights never need: refused; nothing was executed",
        "truncated.pth | the file is truncated: it begins as a zip archive",
        "truncated.safetensors | the file is truncated: its tensors take",
        "huge_header.safetensors | it claims a safetensors header of 1152921504606846976 bytes",
        "offsets_out_of_range.safetensors | tensor conv1.weight: its data_offsets span 1099511629504 bytes",
      })
  void aBadFileIsRefusedByName(String file, String finding) {
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(WeightsException.class)
        .hasMessageStartingWith(file + ": " + finding);
    assertThat(Path.of("/tmp/pwned")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"legacy_format.th", "plain.pth", "plain.safetensors"})
  void aFileCutAnywhereIsRefused(String file, @TempDir Path folder) throws Exception {
    byte[] whole = Files.readAllBytes(FOLDER.resolve(file));
    for (int part = 1; part < 40; part++) {
      Path cut = folder.resolve("cut" + part);
      Files.write(cut, Arrays.copyOf(whole, (int) (whole.length * (long) part / 40)));
      assertThatThrownBy(() -> Checkpoint.open(cut.toUri()))
          .isInstanceOf(WeightsException.class)
          .hasMessageContaining("truncated");
    }
  }
}
