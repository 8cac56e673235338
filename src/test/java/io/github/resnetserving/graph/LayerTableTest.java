package io.github.resnetserving.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.graph.ArchitectureOptions.BlockKind;
import io.github.resnetserving.graph.ArchitectureOptions.Shortcut;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

class LayerTableTest {

  /** {@code networks/make.py} tells how they were counted. */
  @ParameterizedTest(name = "{0} {1} {2} {3}")
  @CsvFileSource(resources = "/networks/describe.csv", numLinesToSkip = 1)
  void parametersMultiplyAddsAndFieldAreThoseThatTorchCounts(
      String name,
      Shortcut shortcut,
      String block,
      double width,
      int classes,
      int side,
      long parameters,
      long multiplyAdds,
      Long field) {
    boolean wide = name.startsWith("wide");
    ArchitectureOptions options =
        new ArchitectureOptions(shortcut, BlockKind.of(block), wide ? 1 : width);
    Topology topology = Architecture.named(name, classes, options);

    LayerTable table = LayerTable.of(topology, side);

    assertThat(Architecture.imageSize(topology)).isEqualTo(side);
    assertThat(table.parameters()).isEqualTo(parameters).isEqualTo(topology.parameters());
    assertThat(table.multiplyAdds()).isEqualTo(multiplyAdds);
    if (field != null) {
      assertThat(table.field()).isEqualTo(field);
    }
  }

  /** In millions, as torchvision's documentation and He et al.'s table 6 have them. */
  @ParameterizedTest
  @CsvSource({
    "resnet18, 1000, 11.69, 1.81",
    "resnet34, 1000, 21.80, 3.66",
    "resnet50, 1000, 25.56, 4.09",
    "resnet101, 1000, 44.55, 7.80",
    "resnet152, 1000, 60.19, 11.51",
    "cifar-resnet20, 10, 0.27, 0.04",
    "cifar-resnet32, 10, 0.46, 0.07",
    "cifar-resnet44, 10, 0.66, 0.10",
    "cifar-resnet56, 10, 0.85, 0.13",
    "cifar-resnet110, 10, 1.73, 0.25",
    "cifar-resnet1202, 10, 19.42, 2.83"
  })
  void roundedTheyAreThePublishedFigures(
      String name, int classes, double millions, double billions) {
    Topology topology = Architecture.named(name, classes);

    LayerTable table = LayerTable.of(topology, Architecture.imageSize(topology));

    assertThat(Math.round(table.parameters() / 1e4) / 1e2).isEqualTo(millions);
    assertThat(Math.round(table.multiplyAdds() / 1e7) / 1e2).isEqualTo(billions);
  }

  @Test
  void eachLayerHasItsShapeItsCostAndItsField() {
    ArchitectureOptions options = new ArchitectureOptions(Shortcut.A, BlockKind.V2, 1);

    LayerTable table = LayerTable.of(Architecture.named("cifar-resnet8", 10, options), 32);

    assertThat(table.rows())
        .isEqualTo(
            List.of(
                new LayerTable.Row("conv1", "conv 3x3", 16, 32, 432, 442368, 3),
                new LayerTable.Row("layer1.0.bn1", "norm, relu", 16, 32, 32, 0, 3),
                new LayerTable.Row(
                    "layer1.0.conv1", "conv 3x3, norm, relu", 16, 32, 2336, 2359296, 5),
                new LayerTable.Row("layer1.0.conv2", "conv 3x3, sum", 16, 32, 2304, 2359296, 7),
                new LayerTable.Row("layer2.0.bn1", "norm, relu", 16, 32, 32, 0, 7),
                new LayerTable.Row("layer2.0.conv2.pad", "zero channels /2", 32, 16, 0, 0, 7),
                new LayerTable.Row(
                    "layer2.0.conv1", "conv 3x3 /2, norm, relu", 32, 16, 4672, 1179648, 9),
                new LayerTable.Row("layer2.0.conv2", "conv 3x3, sum", 32, 16, 9216, 2359296, 13),
                new LayerTable.Row("layer3.0.bn1", "norm, relu", 32, 16, 64, 0, 13),
                new LayerTable.Row("layer3.0.conv2.pad", "zero channels /2", 64, 8, 0, 0, 13),
                new LayerTable.Row(
                    "layer3.0.conv1", "conv 3x3 /2, norm, relu", 64, 8, 18560, 1179648, 17),
                new LayerTable.Row("layer3.0.conv2", "conv 3x3, sum", 64, 8, 36864, 2359296, 25),
                new LayerTable.Row("bn", "norm, relu", 64, 8, 128, 0, 25),
                new LayerTable.Row("features", "mean", 64, 1, 0, 0, 53),
                new LayerTable.Row("logits", "linear", 10, 1, 650, 640, 53)));
    assertThat(table.field()).isEqualTo(25);
  }
}
