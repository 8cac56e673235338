package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.engine.FormulaNetwork;
import io.github.resnetserving.engine.NativeRuntime;
import io.github.resnetserving.graph.ArchitectureOptions;
import io.github.resnetserving.graph.ArchitectureOptions.BlockKind;
import io.github.resnetserving.graph.ArchitectureOptions.Shortcut;
import io.github.resnetserving.graph.NetworkFamily;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.plan.torchscript.TrainingProgram;
import io.github.resnetserving.plan.torchscript.UpdateRule;
import io.github.resnetserving.tensor.DType;
import io.github.resnetserving.training.Batches.Batch;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One step of training of every kind of block and shortcut. */
class TrainingStepTest {

  private static final int BATCH = 8;

  @BeforeEach
  void ownTheNativeEngine() {
    NativeRuntime.adopt(/* threads= */ 2);
  }

  @ParameterizedTest
  @MethodSource("io.github.resnetserving.graph.NetworkFamily#all")
  void lossWeightsAndRunningStatisticsAreThoseOfPyTorch(NetworkFamily family) throws Exception {
    Map<String, double[]> expected = family.expected();

    Map<String, FloatTensor> weights = assertStep(family, expected);

    assertThat(expected).hasSize(weights.size() + 3); // two images' logits and the loss
  }

  @Test
  void aNetworkOf1202LayersLearnsAsPyTorchsDoes() throws Exception {
    NetworkFamily family =
        new NetworkFamily(
            "cifar-resnet1202",
            new ArchitectureOptions(Shortcut.A, BlockKind.V1_5, /* width= */ 1));
    Map<String, double[]> expected = family.expected();

    assertStep(family, expected);

    assertThat(expected).hasSize(7 + 3); // of some of its tensors
  }

  @Test
  void aNetworkOfGroupNormsLearnsAsPyTorchsDoes() throws Exception {
    NetworkFamily family =
        new NetworkFamily(
            "resnet18_gn", new ArchitectureOptions(Shortcut.B, BlockKind.V1_5, /* width= */ 1));
    Map<String, double[]> expected = family.expected();

    Map<String, FloatTensor> weights = assertStep(family, expected);

    assertThat(expected).hasSize(weights.size() + 3);
  }

  private static Map<String, FloatTensor> assertStep(
      NetworkFamily family, Map<String, double[]> expected) throws Exception {
    Topology topology = family.topology();
    List<String> learnt =
        topology.tensors().keySet().stream().filter(name -> !name.contains(".running_")).toList();
    var rule =
        new UpdateRule(
            new UpdateRule.Sgd(/* momentum= */ 0.9, /* nesterov= */ false),
            List.of(new UpdateRule.Group(learnt, /* rate= */ 1, /* decay= */ 1e-4)),
            /* labelSmoothing= */ 0,
            /* classWeights= */ List.of(),
            /* averaged= */ false);
    TrainingProgram program =
        new TrainingProgram(topology, NetworkFamily.SIDE, Normalization.CIFAR10, rule, DType.F32);
    int[] labels = IntStream.range(0, BATCH).map(i -> i % NetworkFamily.CLASSES).toArray();
    try (TrainableNetwork network =
        TrainableNetwork.load(program, NetworkFamily.CLASSES, FormulaNetwork.weights(topology))) {
      var step =
          network.step(
              new Batch(
                  BATCH, NetworkFamily.SIDE, NetworkFamily.images(BATCH), labels, Mixing.NONE),
              /* rate= */ 0.1,
              /* number= */ 1,
              /* average= */ 0);

      assertThat((double) step.loss()).isCloseTo(family.expected("loss")[0], within(1e-4));
      Map<String, FloatTensor> weights = network.state();
      weights.keySet().retainAll(topology.tensors().keySet());
      expected.forEach((name, numbers) -> {
        FloatTensor tensor = weights.get(name);
        if (tensor != null) {
          assertValues(name, tensor.values(), numbers);
        }
      });
      assertThat(expected.keySet().stream().filter(name -> !weights.containsKey(name)))
          .containsExactly("logits0", "logits1", "loss");
      return weights;
    }
  }

  private static void assertValues(String name, float[] values, double[] expected) {
    int n = values.length;
    int[] positions = {0, n / 3, (int) (2L * n / 3), n - 1};
    for (int i = 0; i < positions.length; i++) {
      assertThat((double) values[positions[i]])
          .as("%s at %d", name, positions[i])
          .isCloseTo(expected[i], within(1e-4));
    }
  }
}
