package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.engine.NativeRuntime;
import io.github.resnetserving.engine.PrecisionAssumptions;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.plan.torchscript.TrainingProgram;
import io.github.resnetserving.plan.torchscript.UpdateRule;
import io.github.resnetserving.tensor.DType;
import io.github.resnetserving.tensor.Precision;
import io.github.resnetserving.training.Batches.Batch;
import io.github.resnetserving.training.Mixing.Box;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Losses and weights are PyTorch's after the same steps: see make.py beside steps.json. */
class TrainableNetworkTest {

  private static final int IMAGES = 6;
  private static final int CLASSES = 3;
  private static final int[] LABELS = {0, 1, 2, 2, 1, 0};
  private static final Topology TOPOLOGY = Architecture.named("cifar-resnet8", CLASSES);

  @BeforeEach
  void ownTheNativeEngine() {
    NativeRuntime.adopt(/* threads= */ 1);
  }

  @TestFactory
  Stream<DynamicTest> threeStepsGivePyTorchsLossesWeightsAndAverages() throws IOException {
    JsonNode cases =
        new JsonMapper()
            .readTree(Files.readString(Path.of("src/test/resources/training/steps.json")));
    return cases
        .propertyStream()
        .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> check(entry.getValue())));
  }

  private static void check(JsonNode expected) throws IOException {
    NativeRuntime.adopt(/* threads= */ 1);
    double share = expected.get("share").asDouble();
    Mixing mixing = share < 1 ? new Mixing(share, Box.EMPTY) : Mixing.NONE;
    try (TrainableNetwork network = load(rule(expected))) {
      for (int step = 0; step < 3; step++) {
        Batch batch = new Batch(IMAGES, 32, pixels(step), LABELS, mixing);
        float loss =
            network
                .step(
                    batch,
                    expected.get("rate").asDouble(),
                    step + 1,
                    expected.get("average").asDouble())
                .loss();
        assertThat((double) loss)
            .as("loss of step %d", step)
            .isCloseTo(expected.get("losses").get(step).asDouble(), within(1e-4));
      }
      Map<String, FloatTensor> state = network.state();
      expected
          .get("tensors")
          .propertyStream()
          .forEach(entry ->
              assertThat(summary(Objects.requireNonNull(state.get(entry.getKey()))))
                  .as(entry.getKey())
                  .containsExactly(
                      entry.getValue().valueStream().mapToDouble(JsonNode::asDouble).toArray(),
                      within(1e-4)));
    }
  }

  private static UpdateRule rule(JsonNode expected) throws IOException {
    Map<String, String> fields = new TreeMap<>();
    fields.put("batch_size", "6");
    fields.put(
        "optimizer",
        "{\"kind\": %s, \"momentum\": 0.9, \"nesterov\": %s}"
            .formatted(expected.get("optimizer"), expected.get("nesterov")));
    fields.put("weight_decay", expected.get("decay").toString());
    fields.put("decay_norms", expected.get("decayNorms").toString());
    fields.put("label_smoothing", expected.get("smoothing").toString());
    fields.put("average", "0.9");
    UpdateRule rule = UpdateRules.of(TOPOLOGY, Recipes.read("he2015", fields), List.of(1, 1, 1));
    return new UpdateRule(
        rule.optimizer(),
        rule.groups(),
        rule.labelSmoothing(),
        expected.get("classWeights").valueStream().map(JsonNode::asDouble).toList(),
        /* averaged= */ true);
  }

  private static TrainableNetwork load(UpdateRule rule) throws IOException {
    return load(rule, DType.F32);
  }

  private static TrainableNetwork load(UpdateRule rule, DType type) throws IOException {
    TrainingProgram program = new TrainingProgram(TOPOLOGY, 32, Normalization.CIFAR10, rule, type);
    return TrainableNetwork.load(program, CLASSES, weights());
  }

  /** As make.py's. */
  private static SequencedMap<String, FloatTensor> weights() {
    SequencedMap<String, FloatTensor> tensors = new LinkedHashMap<>();
    TOPOLOGY
        .tensors()
        .forEach((name, shape) -> {
          long key = tensors.size() + 1L;
          float[] values = new float[shape.stream().reduce(1, Math::multiplyExact)];
          for (int i = 0; i < values.length; i++) {
            double value = (i * 7919L + key * 104729) % 1009 / 1009.0 - 0.5;
            if (name.endsWith("running_var") || (name.endsWith("weight") && shape.size() == 1)) {
              value = 1 + 0.2 * value;
            } else if (shape.size() == 4) {
              value *= Math.sqrt(24.0 / (shape.get(1) * 9));
            }
            values[i] = (float) value;
          }
          tensors.put(name, new FloatTensor(shape, values));
        });
    return tensors;
  }

  private static byte[] pixels(int step) {
    byte[] pixels = new byte[IMAGES * 3072];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) ((i * 37L + i / 3072 * 50L + step * 11L + (long) i * i / 977) % 256);
    }
    return pixels;
  }

  /** Mean, norm, first and last. */
  private static double[] summary(FloatTensor tensor) {
    double sum = 0;
    double squares = 0;
    for (float value : tensor.values()) {
      sum += value;
      squares += (double) value * value;
    }
    int count = tensor.values().length;
    return new double[] {
      sum / count, Math.sqrt(squares), tensor.values()[0], tensor.values()[count - 1]
    };
  }

  @Test
  void frozenPartsKeepTheirWeightsAndTheStatisticsOfTheirBatchNorms() throws Exception {
    Recipe recipe = Recipes.read("fine-tune", Map.of("freeze", "2", "stage_rates", "[1]"));
    SequencedMap<String, FloatTensor> before = weights();
    UpdateRule rule = UpdateRules.of(TOPOLOGY, recipe, List.of(1, 1, 1));

    try (TrainableNetwork network = load(rule)) {
      network.step(new Batch(IMAGES, 32, pixels(0), LABELS, Mixing.NONE), 0.1, 1, 0.5);

      List<String> changed = new ArrayList<>();
      network
          .state()
          .forEach((name, tensor) -> {
            FloatTensor old = before.get(name);
            if (old != null && !java.util.Arrays.equals(old.values(), tensor.values())) {
              changed.add(name);
            }
          });
      assertThat(changed)
          .isEqualTo(
              TOPOLOGY.tensors().keySet().stream()
                  .filter(name ->
                      name.startsWith("layer2")
                          || name.startsWith("layer3")
                          || name.startsWith("linear"))
                  .toList());
    }
  }

  @Test
  void bfloat16GivesNearlyTheSameLossesAndKeepsFloat32Weights() throws Exception {
    PrecisionAssumptions.assumeRuns(Precision.BF16);
    UpdateRule rule =
        UpdateRules.of(TOPOLOGY, Recipes.read("fine-tune", Map.of()), List.of(1, 1, 1));
    List<Double> losses = new ArrayList<>();
    for (DType type : List.of(DType.F32, DType.BF16)) {
      try (TrainableNetwork network = load(rule, type)) {
        for (int step = 0; step < 3; step++) {
          Batch batch = new Batch(IMAGES, 32, pixels(step), LABELS, Mixing.NONE);
          losses.add((double) network.step(batch, 0.05, step + 1, 0.5).loss());
        }
      }
    }

    for (int step = 0; step < 3; step++) {
      assertThat(losses.get(3 + step)).isCloseTo(losses.get(step), within(0.03));
      assertThat(losses.get(3 + step)).isNotEqualTo(losses.get(step));
    }
  }

  @Test
  void swappingTwiceChangesNoBit() throws Exception {
    Recipe recipe = Recipes.read("fine-tune", Map.of());
    try (TrainableNetwork network = load(UpdateRules.of(TOPOLOGY, recipe, List.of(1, 1, 1)))) {
      network.step(new Batch(IMAGES, 32, pixels(0), LABELS, Mixing.NONE), 0.1, 1, 0.5);
      Map<String, FloatTensor> before = network.state();

      network.swap();
      Map<String, FloatTensor> swapped = network.state();
      network.swap();
      Map<String, FloatTensor> after = network.state();

      assertThat(values(swapped, "conv1.weight"))
          .containsExactly(values(before, "average.conv1.weight"));
      before
          .keySet()
          .forEach(name -> assertThat(values(after, name)).containsExactly(values(before, name)));
    }
  }

  private static float[] values(Map<String, FloatTensor> state, String name) {
    return Objects.requireNonNull(state.get(name)).values();
  }
}
