package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.Npy;
import io.github.resnetserving.checkpoint.Checkpoint;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.graph.NetworkException;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.tensor.NetworkOutput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real checkpoints of every kind against the logits that torch and transformers computed. */
class CheckpointLogitsTest {

  private static final Path CHECKPOINTS = Path.of("../shared/reference/checkpoints");

  @BeforeEach
  void referenceIsThere() {
    assumeTrue(Files.isDirectory(CHECKPOINTS), "skipped: there are no checkpoints in ../shared");
  }

  @ParameterizedTest
  @CsvSource({
    "plain.pth, plain.pth, input",
    "nested_data_parallel.pth, plain.pth, input",
    "legacy_format.th, plain.pth, input",
    "training_state.pth, plain.pth, input",
    "strided_views.pth, plain.pth, input",
    "plain.safetensors, plain.pth, input",
    "fp16.safetensors, fp16.safetensors, input",
    "bf16.safetensors, bf16.safetensors, input",
    "huggingface/model.safetensors, huggingface, input64"
  })
  void aGoodCheckpointGivesTheLogitsOfTorch(String file, String expected, String input)
      throws Exception {
    Npy.Floats x = Npy.floats(CHECKPOINTS.resolve(input + ".npy"));
    double[] logits = Npy.doubles(CHECKPOINTS.resolve(expected + ".logits.npy")).values();
    try (Checkpoint checkpoint = Checkpoint.open(CHECKPOINTS.resolve(file).toUri())) {
      Network network = Network.of(checkpoint.tensors(), NetworkOptions.of(Variant.V1_5));
      int side = x.shape()[3];
      Preprocessing preprocessing =
          new Preprocessing(side, Interpolation.BILINEAR, side, Normalization.IMAGENET);
      try (InferenceEngine engine =
          InferenceEngine.load(network, preprocessing, new EngineOptions(2, 2, null))) {
        List<NetworkOutput> outputs = engine.forward(x.values(), x.shape()[0]);
        assertThat(ReferenceNetsTest.difference(joined(outputs), logits)).isLessThan(1e-5);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "missing_tensor.pth | missing: layer2.0.conv1.weight",
        "wrong_shape.pth | misshapen: linear.weight is [10, 65] and should be [10, 64]",
        "has_nan.pth | conv1.weight holds NaN at position 0"
      })
  void tensorsThatAreNoNetworkAreNamed(String file, String message) throws Exception {
    try (Checkpoint checkpoint = Checkpoint.open(CHECKPOINTS.resolve(file).toUri())) {
      assertThatThrownBy(() -> Network.of(checkpoint.tensors(), NetworkOptions.of(Variant.V1_5)))
          .isInstanceOf(NetworkException.class)
          .hasMessageContaining(message);
    }
  }

  private static float[] joined(List<NetworkOutput> outputs) {
    int classes = outputs.getFirst().logits().length;
    float[] all = new float[outputs.size() * classes];
    for (int i = 0; i < outputs.size(); i++) {
      System.arraycopy(outputs.get(i).logits(), 0, all, i * classes, classes);
    }
    return all;
  }
}
