package io.github.resnetserving.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.NetworkOptions.Variant;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopologyInferenceTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "resnet18",
        "resnet34",
        "resnet50",
        "resnet101",
        "resnet152",
        "cifar-resnet20",
        "cifar-resnet20-b",
        "cifar-resnet110",
        "cifar-resnet110-b",
        "resnext50_32x4d",
        "resnext101_64x4d",
        "resnet18d",
        "resnet101d",
        "seresnet34",
        "seresnet50",
        "seresnext50_32x4d",
        "seresnet152d",
        "resnet50_gn",
        "resnet34d_gn"
      })
  void aPublishedNetworkIsToldByItsTensorsAlone(String name) throws Exception {
    Topology network = Architecture.named(name, 17);

    assertThat(TopologyInference.infer(network.tensors(), NetworkOptions.of(Variant.V1_5)))
        .isEqualTo(network);
  }

  @Test
  void shortcutsThatTakeTheMeanAreToldByTheNumbersOfTheirLayers() throws Exception {
    assertThat(
            TopologyInference.infer(
                AveragingShortcuts.TOPOLOGY.tensors(), NetworkOptions.of(Variant.V1_5)))
        .isEqualTo(AveragingShortcuts.TOPOLOGY);
  }

  @Test
  void anOddNetworkIsToldByItsTensorsAlone() throws Exception {
    Map<String, List<Integer>> shapes = new LinkedHashMap<>();
    add(shapes, "conv1", "bn1", 24, 3, 5);
    add(shapes, "layer1.0.conv1", "layer1.0.bn1", 8, 24, 1);
    add(shapes, "layer1.0.conv2", "layer1.0.bn2", 8, 8, 3);
    add(shapes, "layer1.0.conv3", "layer1.0.bn3", 40, 8, 1);
    add(shapes, "layer1.0.downsample.0", "layer1.0.downsample.1", 40, 24, 1);
    shapes.put("fc.weight", List.of(3, 40));
    shapes.put("fc.bias", List.of(3));

    Topology network = TopologyInference.infer(shapes, NetworkOptions.of(Variant.V1_5));

    assertThat(network.pooled()).isTrue();
    assertThat(network.depth()).isEqualTo(5);
    assertThat(network.width()).isEqualTo(40);
    assertThat(network.classes()).isEqualTo(3);
  }

  @Test
  void theFirstVariantHasItsStrideInTheFirstConvolution() throws Exception {
    Topology published =
        TopologyInference.infer(
            Architecture.named("resnet50", 1000).tensors(), NetworkOptions.of(Variant.V1));

    Block halving = published.stages().get(1).getFirst();
    assertThat(halving.body().stream().map(Convolution::stride)).containsExactly(2, 1, 1);
  }

  @Test
  void theUsualVariantHasItsStrideInTheMiddle() throws Exception {
    Topology usual =
        TopologyInference.infer(
            Architecture.named("resnet50", 1000).tensors(), NetworkOptions.of(Variant.V1_5));

    Block halving = usual.stages().get(1).getFirst();
    assertThat(halving.body().stream().map(Convolution::stride)).containsExactly(1, 2, 1);
  }

  @Test
  void aMissingTensorIsNamed() {
    Map<String, List<Integer>> shapes =
        new LinkedHashMap<>(Architecture.named("cifar-resnet20", 10).tensors());
    shapes.remove("layer2.1.bn2.running_var");

    assertThatThrownBy(() -> TopologyInference.infer(shapes, NetworkOptions.of(Variant.V1_5)))
        .isInstanceOf(NetworkException.class)
        .hasMessage(
            "the tensors look like those of a ResNet-20 but are not. "
                + "missing: layer2.1.bn2.running_var");
  }

  @Test
  void aTensorTooManyAndOneOfAnotherShapeAreNamed() {
    Map<String, List<Integer>> shapes =
        new LinkedHashMap<>(Architecture.named("cifar-resnet20", 10).tensors());
    shapes.put("layer1.0.ca.fc1.weight", List.of(1, 16));
    shapes.put("linear.weight", List.of(10, 65));

    assertThatThrownBy(() -> TopologyInference.infer(shapes, NetworkOptions.of(Variant.V1_5)))
        .isInstanceOf(NetworkException.class)
        .hasMessage(
            "the tensors look like those of a ResNet-20 but are not. "
                + "unexpected: layer1.0.ca.fc1.weight. "
                + "misshapen: linear.weight is [10, 65] and should be [10, 64]");
  }

  @Test
  void theWeightsShapeTellsTheGroups() throws Exception {
    Topology network =
        TopologyInference.infer(
            Architecture.named("resnext50_32x4d", 10).tensors(), NetworkOptions.USUAL);

    assertThat(network.stages())
        .allSatisfy(stage ->
            assertThat(stage.getFirst().body().stream().map(Convolution::groups))
                .containsExactly(1, 32, 1));
  }

  @ParameterizedTest
  @CsvSource({
    "layer1.0.conv2.weight, 64, 24, 3, layer1.0.conv2 takes 24 channels and gets 64",
    "layer1.0.conv2.weight, 36, 2, 3, layer1.0.conv2 takes 2 channels and gets 64",
    "layer1.0.conv3.weight, 256, 16, 1, layer1.0.conv3 takes 16 channels and gets 64",
    "layer2.0.downsample.0.weight, 512, 64, 1, layer2.0.downsample.0 takes 64 channels and gets 256"
  })
  void groupsThatDoNotDivideTheChannelsOrLieElsewhereAreRefused(
      String weight, int outputs, int inputs, int kernel, String finding) {
    Map<String, List<Integer>> shapes =
        new LinkedHashMap<>(Architecture.named("resnet50", 10).tensors());
    shapes.put(weight, List.of(outputs, inputs, kernel, kernel));

    assertThatThrownBy(() -> TopologyInference.infer(shapes, NetworkOptions.of(Variant.V1_5)))
        .hasMessageContaining(finding);
  }

  /** The attention of timm's eca, gc and cbam, of ResNeSt and Res2Net, and a pool with weights. */
  @ParameterizedTest
  @CsvSource({
    "layer1.0.se.conv.weight, unexpected: layer1.0.se.conv.weight",
    "layer1.0.se.fc.weight, unexpected: layer1.0.se.fc.weight",
    "layer1.0.attn.fc1.weight, unexpected: layer1.0.attn.fc1.weight",
    "layer1.0.conv2.radix.weight, unexpected: layer1.0.conv2.radix.weight",
    "maxpool.0.weight, unexpected: maxpool.0.weight"
  })
  void aLayerThatIsNotOfTheFamilyIsNamed(String layer, String finding) {
    Map<String, List<Integer>> shapes =
        new LinkedHashMap<>(Architecture.named("resnet50", 10).tensors());
    shapes.put(layer, List.of(4, 4, 1, 1));

    assertThatThrownBy(() -> TopologyInference.infer(shapes, NetworkOptions.USUAL))
        .hasMessageContaining(finding);
  }

  @Test
  void anExcitationOfOtherChannelsOrWithoutItsSecondLayerIsNamed() {
    Map<String, List<Integer>> shapes =
        new LinkedHashMap<>(Architecture.named("seresnet50", 10).tensors());
    shapes.put("layer1.0.se.fc1.weight", List.of(16, 128, 1, 1));
    shapes.remove("layer1.1.se.fc2.weight");

    assertThatThrownBy(() -> TopologyInference.infer(shapes, NetworkOptions.USUAL))
        .hasMessageContaining("missing: layer1.1.se.fc2.weight")
        .hasMessageContaining("layer1.0.se.fc1 takes 128 channels and gets 256");
  }

  @Test
  void groupNormsOfChannelsThatTheGroupsDoNotDivideAreTakenForBatchNormsWithoutStatistics() {
    Map<String, List<Integer>> shapes =
        new LinkedHashMap<>(Architecture.named("cifar-resnet20", 10).tensors());
    shapes.keySet().removeIf(name -> name.contains(".running_"));

    assertThatThrownBy(() -> TopologyInference.infer(shapes, NetworkOptions.USUAL))
        .hasMessageContaining(
            "bn1.weight has 16 channels, which 32 groups do not divide (no norm has running"
                + " statistics, so that they are taken for group norms; batch norms' are buffers,"
                + " which model.state_dict() has and model.parameters() has not)");
  }

  @Test
  void oneNormWithStatisticsTellsThatTheOthersLackThem() {
    Map<String, List<Integer>> shapes =
        new LinkedHashMap<>(Architecture.named("resnet50_gn", 10).tensors());
    shapes.put("bn1.running_mean", List.of(64));

    assertThatThrownBy(() -> TopologyInference.infer(shapes, NetworkOptions.USUAL))
        .hasMessageContaining("missing: bn1.running_var, layer1.0.downsample.1.running_mean");
  }

  @ParameterizedTest
  @CsvSource({
    "stages.0.blocks.0.norm1.v, unexpected: layer1.0.bn1.v", // EvoNorm
    "stem.norm.weight, unexpected: stem.norm.weight" // of a vision transformer, with other padding
  })
  void whatTimmHasBesideItsResNetsV2IsNamed(String tensor, String finding) throws Exception {
    SequencedMap<String, List<Integer>> shapes = new LinkedHashMap<>();
    Files.readAllLines(Path.of("src/test/resources/networks/library/timm-bit.csv")).stream()
        .map(line -> List.of(line.split(",", -1)))
        .filter(fields -> fields.getFirst().equals("tensor"))
        .forEach(fields ->
            shapes.put(fields.get(1), fields.stream().skip(2).map(Integer::valueOf).toList()));
    shapes.put("head.fc.weight", List.of(10, 1024));
    shapes.put(tensor, List.of(64));
    NetworkTensors<List<Integer>> found =
        NetworkTensors.of(shapes, shape -> shape, NetworkOptions.USUAL);

    assertThatThrownBy(() ->
            TopologyInference.infer(found.tensors(), NetworkOptions.USUAL, found.convention()))
        .hasMessageContaining(finding);
  }

  @Test
  void whatIsNoResNetIsRefused() {
    assertThatThrownBy(() ->
            TopologyInference.infer(
                Map.of("features.0.weight", List.of(64, 3, 11, 11)),
                NetworkOptions.of(Variant.V1_5)))
        .isInstanceOf(NetworkException.class)
        .hasMessage("missing: conv1.weight, which such a network has; found features.0.weight");
  }

  @Test
  void huggingFaceNamesBecomeTorchvisionNames() throws Exception {
    SequencedMap<String, Integer> names = new LinkedHashMap<>();
    names.put("resnet.embedder.embedder.convolution.weight", 1);
    names.put("resnet.embedder.embedder.normalization.running_var", 2);
    names.put("resnet.encoder.stages.0.layers.1.layer.2.convolution.weight", 3);
    names.put("resnet.encoder.stages.3.layers.0.shortcut.normalization.bias", 4);
    names.put("resnet.encoder.stages.3.layers.0.shortcut.normalization.num_batches_tracked", 5);
    names.put("classifier.1.weight", 6);
    names.put("classifier.1.bias", 7);

    SequencedMap<String, Integer> expected = new LinkedHashMap<>();
    expected.put("conv1.weight", 1);
    expected.put("bn1.running_var", 2);
    expected.put("layer1.1.conv3.weight", 3);
    expected.put("layer4.0.downsample.1.bias", 4);
    expected.put("fc.weight", 6);
    expected.put("fc.bias", 7);
    assertThat(
            NetworkTensors.of(names, number -> List.of(number, 8), NetworkOptions.USUAL).tensors())
        .containsExactlyEntriesOf(expected);
  }

  private static void add(
      Map<String, List<Integer>> shapes,
      String convolution,
      String norm,
      int outputs,
      int inputs,
      int kernel) {
    shapes.put(convolution + ".weight", List.of(outputs, inputs, kernel, kernel));
    for (String part : List.of("weight", "bias", "running_mean", "running_var")) {
      shapes.put(norm + "." + part, List.of(outputs));
    }
  }
}
