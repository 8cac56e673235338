package io.github.resnetserving.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.graph.ArchitectureOptions.BlockKind;
import io.github.resnetserving.graph.ArchitectureOptions.Shortcut;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamedArchitecturesTest {

  @ParameterizedTest
  @MethodSource("io.github.resnetserving.graph.NetworkFamily#all")
  void namesAndShapesTellEachNetworkBack(NetworkFamily family) throws Exception {
    Topology topology = family.topology();

    assertThat(TopologyInference.infer(topology.tensors(), family.options().network()))
        .isEqualTo(topology);
  }

  @Test
  void aNetworkOf1202LayersIsToldBack() throws Exception {
    Topology topology = Architecture.named("cifar-resnet1202", 10);

    assertThat(topology.depth()).isEqualTo(1202);
    assertThat(TopologyInference.infer(topology.tensors(), ArchitectureOptions.USUAL.network()))
        .isEqualTo(topology);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"cifar-resnet20", "cifar-resnet20-bottleneck", "cifar-resnet1001-bottleneck"})
  void theNameHasTheDepth(String name) {
    assertThat(name).contains("resnet" + Architecture.named(name, 10).depth());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"cifar-resnet2", "cifar-resnet21", "cifar-resnet14-bottleneck", "resnet19"})
  void anotherDepthIsRefused(String name) {
    assertThatThrownBy(() -> Architecture.named(name, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("there is no architecture \"%s\": take resnet18".formatted(name))
        .hasMessageEndingWith("N = 11, 20, 29, …, that is 9n + 2");
  }

  @ParameterizedTest
  @CsvSource({
    "cifar-resnet8, A, 0, 2", "cifar-resnet8, B, 2, 0", "cifar-resnet8, C, 3, 0",
    "resnet50, A, 0, 4", "resnet50, B, 4, 0", "resnet50, C, 16, 0"
  })
  void theShortcutSaysWhichAreProjectedAndPadded(
      String name, Shortcut shortcut, int projected, int padded) {
    Topology topology =
        Architecture.named(name, 10, new ArchitectureOptions(shortcut, BlockKind.V1_5, 1));

    assertThat(topology.blocks().filter(block -> block.projection() != null)).hasSize(projected);
    assertThat(topology.blocks().filter(Block::padsShortcut)).hasSize(padded);
  }

  @Test
  void theUsualShortcutIsAForCifarAndBForOthersAndForSumNorm() {
    assertThat(Architecture.named("cifar-resnet8", 10).blocks().filter(Block::padsShortcut))
        .hasSize(2);
    assertThat(Architecture.named("resnet18", 10).blocks().filter(Block::padsShortcut)).isEmpty();
    ArchitectureOptions sumNorm = new ArchitectureOptions(null, BlockKind.SUM_NORM, 1);
    assertThat(
            Architecture.named("cifar-resnet8", 10, sumNorm)
                .blocks()
                .map(Block::projection)
                .filter(Objects::nonNull))
        .hasSize(2)
        .allSatisfy(projection -> {
          assertThat(projection.kernel()).isEqualTo(3);
          assertThat(projection.norm()).isNull();
        });
  }

  @Test
  void aWideResNetIsTorchvisions() {
    ArchitectureOptions twice = new ArchitectureOptions(null, BlockKind.V1_5, 2);

    Topology wide = Architecture.named("wide_resnet50_2", 1000);

    assertThat(wide).isEqualTo(Architecture.named("resnet50", 1000, twice));
    assertThat(wide.tensors()).containsEntry("layer1.0.conv2.weight", List.of(128, 128, 3, 3));
    assertThat(wide.width()).isEqualTo(2048);
  }

  @Test
  void aDeepStemAveragingShortcutsAndExcitationsAreTimms() {
    Topology network = Architecture.named("seresnext50d_32x4d", 1000);

    assertThat(network.tensors())
        .containsEntry("conv1.3.weight", List.of(32, 32, 3, 3))
        .containsEntry("conv1.6.weight", List.of(64, 32, 3, 3))
        .containsEntry("layer1.0.conv2.weight", List.of(128, 4, 3, 3))
        .containsEntry("layer1.0.downsample.1.weight", List.of(256, 64, 1, 1))
        .containsEntry("layer1.0.se.fc1.weight", List.of(16, 256, 1, 1))
        .containsEntry("layer4.2.se.fc2.weight", List.of(2048, 128, 1, 1));
    assertThat(network.depth()).isEqualTo(50);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"resnext50", "resnet50_32x4d", "resnext18_32x4d", "seresnet60", "resnext50_0x4d"})
  void aNameOfNoNetworkOfTheFamilyIsRefused(String name) {
    assertThatThrownBy(() -> Architecture.named(name, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("resnext50_32x4d");
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    ArchitectureOptions v2 = new ArchitectureOptions(null, BlockKind.V2, 1);
    assertThatThrownBy(() -> Architecture.named("seresnet50", 10, v2))
        .hasMessage("a ResNeXt, ResNet-D or SE-ResNet has blocks v1.5 or v1, not v2");
    ArchitectureOptions sumNorm = new ArchitectureOptions(null, BlockKind.SUM_NORM, 1);
    assertThatThrownBy(() -> Architecture.named("resnet50", 10, sumNorm))
        .hasMessage(
            "a sum-norm block has two 3×3 convolutions: take a network of basic blocks, such as"
                + " cifar-resnet20 or resnet34");
    ArchitectureOptions half = new ArchitectureOptions(null, BlockKind.V1_5, 1.5);
    assertThatThrownBy(() -> Architecture.named("resnet50_gn", 10, half))
        .hasMessage(
            "group norms divide channels into 32 groups: take a whole number for the width, not"
                + " 1.5");
    ArchitectureOptions narrow = new ArchitectureOptions(Shortcut.A, BlockKind.V1_5, 0.5);
    assertThatThrownBy(() -> Architecture.named("cifar-resnet20", 10, narrow))
        .hasMessage(
            "at width 0.5 layer1.0 narrows from 16 to 8 channels, which needs a projection: take"
                + " shortcut B or C");
    ArchitectureOptions padded = new ArchitectureOptions(Shortcut.A, BlockKind.V1_5, 1);
    assertThatThrownBy(() -> Architecture.named("cifar-resnet20-b", 10, padded))
        .hasMessage(
            "-b at the end of the name says shortcut B, and the option says A: leave one out");
    assertThatThrownBy(() -> new ArchitectureOptions(null, BlockKind.V2, Double.NaN))
        .hasMessage("the width is NaN: it must be between 0.0625 and 16");
    assertThatThrownBy(() -> BlockKind.of("v3"))
        .hasMessage("there is no block \"v3\": take v1, v1.5, v2, sum-norm");
    assertThatThrownBy(() -> Shortcut.of("D"))
        .hasMessage("there is no shortcut \"D\": take A, B, C");
  }

  @Test
  void aPreActivatedNetworkWithoutItsLastNormIsRefused() {
    var shapes =
        new LinkedHashMap<>(
            Architecture.named("cifar-resnet8", 10, new ArchitectureOptions(null, BlockKind.V2, 1))
                .tensors());
    shapes.keySet().removeIf(name -> name.startsWith("bn."));

    assertThatThrownBy(() -> TopologyInference.infer(shapes, ArchitectureOptions.USUAL.network()))
        .hasMessageContaining("missing: bn.weight, bn.bias, bn.running_mean, bn.running_var");
  }
}
