package io.github.resnetserving.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.checkpoint.Checkpoint;
import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.checkpoint.Tensor;
import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.FormulaNetwork;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EqualizationTest {

  private static final Preprocessing PREPROCESSING =
      new Preprocessing(32, Interpolation.BILINEAR, 32, Normalization.IMAGENET);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"cifar-resnet8-b", "resnet18", "resnet50"})
  void channelsHaveTheSameRangeOnBothSidesAndTheNetworkIsTheSame(String architecture)
      throws Exception {
    Topology topology = Architecture.named(architecture, 10);
    Path original = folder.resolve("original.safetensors");
    Path equalized = folder.resolve("equalized.safetensors");
    SafetensorsWriter.write(original, uneven(FormulaNetwork.weights(topology)), Map.of());
    SequencedMap<String, FloatTensor> changed = new LinkedHashMap<>();
    try (Checkpoint checkpoint = Checkpoint.open(original.toUri())) {
      SequencedMap<String, Tensor> tensors = checkpoint.tensors();
      Folding folding = new Folding(tensors).equalized(Graph.of(topology, 32));
      for (Block block : topology.stages().stream().flatMap(List::stream).toList()) {
        assertEqualRanges(block, folding);
      }
      tensors.forEach((name, tensor) ->
          changed.put(name, new FloatTensor(tensor.shape(), folding.values(name))));
    }
    SafetensorsWriter.write(equalized, changed, Map.of());

    float[] expected = logits(original);
    float[] actual = logits(equalized);
    double largest = 0;
    for (float logit : expected) {
      largest = Math.max(largest, Math.abs(logit));
    }
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i] / largest).isCloseTo(expected[i] / largest, within(1e-5));
    }
  }

  /** Batch norms whose channels differ by a factor of up to twenty. */
  private static SequencedMap<String, FloatTensor> uneven(
      SequencedMap<String, FloatTensor> weights) {
    Random random = new Random(1);
    weights.forEach((name, tensor) -> {
      if (name.matches("layer.*\\.bn1\\.(weight)")) {
        for (int i = 0; i < tensor.values().length; i++) {
          tensor.values()[i] *= (float) Math.exp(random.nextDouble(-1.5, 1.5));
        }
      }
    });
    return weights;
  }

  private static void assertEqualRanges(Block block, Folding folding) {
    for (int i = 0; i + 1 < block.body().size(); i++) {
      Convolution first = block.body().get(i);
      Convolution second = block.body().get(i + 1);
      float[] before = folding.foldedWeight(first);
      float[] after = folding.foldedWeight(second);
      double[] outputs = new double[first.outputs()];
      double[] inputs = new double[first.outputs()];
      for (int k = 0; k < before.length; k++) {
        int c = k / (before.length / outputs.length);
        outputs[c] = Math.max(outputs[c], Math.abs(before[k]));
      }
      int area = second.kernel() * second.kernel();
      for (int k = 0; k < after.length; k++) {
        int c = k / area % second.inputs();
        inputs[c] = Math.max(inputs[c], Math.abs(after[k]));
      }
      for (int c = 0; c < outputs.length; c++) {
        assertThat(outputs[c] / inputs[c]).isCloseTo(1, within(1e-3));
      }
    }
  }

  private static float[] logits(Path weights) throws Exception {
    byte[] rgb = new byte[32 * 32 * 3];
    new Random(2).nextBytes(rgb);
    try (Checkpoint checkpoint = Checkpoint.open(weights.toUri());
        InferenceEngine engine =
            InferenceEngine.load(
                Network.of(checkpoint.tensors(), NetworkOptions.of(Variant.V1_5)),
                PREPROCESSING,
                new EngineOptions(2, 1, PlanKind.PLAIN))) {
      return engine.run(List.of(new Pixels(32, 32, rgb))).getFirst().logits();
    }
  }
}
