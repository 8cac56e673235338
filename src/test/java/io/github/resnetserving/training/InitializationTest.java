package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.graph.ArchitectureOptions;
import io.github.resnetserving.graph.ArchitectureOptions.BlockKind;
import io.github.resnetserving.graph.Topology;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InitializationTest {

  /** Of 36,864 values: their deviation is within 1 % in nearly all draws. */
  @Test
  void aConvolutionsWeightsHaveVarianceTwoByFanOut() {
    Topology topology = Architecture.named("cifar-resnet8", 10);

    float[] values = values(Initialization.random(topology, 1), "layer3.0.conv2.weight");

    double mean = IntStream.range(0, values.length).mapToDouble(i -> values[i]).average().orElse(9);
    double variance =
        IntStream.range(0, values.length)
            .mapToDouble(i -> (values[i] - mean) * (values[i] - mean))
            .average()
            .orElse(9);
    assertThat(mean).isCloseTo(0, within(1e-3));
    assertThat(Math.sqrt(variance)).isCloseTo(Math.sqrt(2.0 / (64 * 9)), within(6e-4));
  }

  @ParameterizedTest
  @CsvSource({
    "cifar-resnet8, V1_5, layer1.0.bn2.weight layer2.0.bn2.weight layer3.0.bn2.weight",
    "cifar-resnet11-bottleneck, V1, layer1.0.bn3.weight layer2.0.bn3.weight layer3.0.bn3.weight",
    "cifar-resnet8, V2, layer1.0.conv2.weight layer2.0.conv2.weight layer3.0.conv2.weight",
    "cifar-resnet8, SUM_NORM, layer1.0.bn2.weight layer2.0.bn2.weight layer3.0.bn2.weight"
  })
  void theLastScaleOfABlockCanBeZero(String name, BlockKind block, String zeros) {
    Topology topology = Architecture.named(name, 10, new ArchitectureOptions(null, block, 1));

    assertThat(zeroScales(Initialization.random(topology, 1, true)))
        .isEqualTo(Set.of(zeros.split(" ")));
    assertThat(zeroScales(Initialization.random(topology, 1, false))).isEmpty();
  }

  /** A block that is its shortcut changes nothing else: the other values are the same. */
  @Test
  void theOtherWeightsAreTheSameWithAndWithoutZeros() {
    Topology topology = Architecture.named("cifar-resnet8", 10);
    Map<String, FloatTensor> usual = Initialization.random(topology, 7);
    Map<String, FloatTensor> zeros = Initialization.random(topology, 7, true);

    assertThat(zeros.keySet()).isEqualTo(usual.keySet());
    zeros.forEach((name, tensor) -> {
      if (!topology.lastScales().contains(name)) {
        assertThat(tensor.values()).as(name).containsExactly(values(usual, name));
      }
    });
  }

  private static Set<String> zeroScales(Map<String, FloatTensor> tensors) {
    return tensors.keySet().stream()
        .filter(name -> name.startsWith("layer") && name.endsWith(".weight"))
        .filter(name -> {
          float[] values = values(tensors, name);
          return IntStream.range(0, values.length).allMatch(i -> values[i] == 0);
        })
        .collect(Collectors.toSet());
  }

  private static float[] values(Map<String, FloatTensor> tensors, String name) {
    FloatTensor tensor = tensors.get(name);
    assertThat(tensor).as(name).isNotNull();
    return tensor == null ? new float[0] : tensor.values();
  }
}
