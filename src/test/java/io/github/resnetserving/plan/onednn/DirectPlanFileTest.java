package io.github.resnetserving.plan.onednn;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.checkpoint.Checkpoint;
import io.github.resnetserving.engine.FormulaNetwork;
import io.github.resnetserving.engine.PlanWriter;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.graph.Convolution;
import io.github.resnetserving.graph.FormulaCheckpoint;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Step;
import io.github.resnetserving.graph.TestWeights;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.plan.Target;
import io.github.resnetserving.tensor.DType;
import io.github.resnetserving.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DirectPlanFileTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"cifar-resnet8", "cifar-resnet8-b", "resnet18", "resnet50"})
  void itsGraphIsReadBackAsItWas(String architecture) throws Exception {
    Topology topology = Architecture.named(architecture, 10);
    Path file = folder.resolve("plan.safetensors");
    try (FormulaNetwork formula = FormulaNetwork.of(topology)) {
      DirectPlan.write(file, formula.network(), Precision.INT8, 32, Normalization.IMAGENET);
      try (DirectPlanFile plan = DirectPlanFile.open(file)) {
        Arrangement arrangement = plan.arrangement();

        assertThat(arrangement.graph()).isEqualTo(Graph.of(topology, 32));
        assertThat(arrangement.precision()).isEqualTo(Precision.INT8);
        assertThat(arrangement.quantizers())
            .isEqualTo(
                formula
                    .network()
                    .quantized(arrangement.graph(), Normalization.IMAGENET)
                    .quantizers());
        assertThat(arrangement.input().frame()).isEqualTo(topology.first().padding());
        assertThat(arrangement.input().colour()).containsExactly(124, 116, 104);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"FP32, F32, F32", "BF16, BF16, BF16", "INT8, I8, F32"})
  void itsTensorsAreThoseOfThePrecisionAndLieAligned(
      Precision precision, DType weights, DType biases) throws Exception {
    Topology topology = Architecture.named("cifar-resnet8-b", 3);
    Path file = folder.resolve("plan.safetensors");
    try (FormulaNetwork formula = FormulaNetwork.of(topology)) {
      DirectPlan.write(file, formula.network(), precision, 32, Normalization.IMAGENET);
      try (Checkpoint checkpoint = Checkpoint.open(file.toUri());
          DirectPlanFile plan = DirectPlanFile.open(file)) {
        assertThat(type(checkpoint, "conv1.weight")).isEqualTo(weights);
        assertThat(type(checkpoint, "layer2.0.conv2.bias")).isEqualTo(biases);
        assertThat(type(checkpoint, "linear.weight")).isEqualTo(DType.F32);
        assertThat(checkpoint.tensors().containsKey("conv1.weight_scale"))
            .isEqualTo(precision == Precision.INT8);
        checkpoint
            .tensors()
            .forEach((name, tensor) ->
                assertThat(tensor.memory().address() % tensor.dtype().bytes()).as(name).isZero());
        assertThat(plan.layer("linear").bias().toArray(JAVA_FLOAT))
            .containsExactly(TestWeights.values(formula.network(), "linear.bias"));
        assertThatThrownBy(() -> plan.layer("conv7")).hasMessage("the plan has no layer conv7");
      }
    }
  }

  private static DType type(Checkpoint checkpoint, String tensor) {
    return Objects.requireNonNull(checkpoint.tensors().get(tensor)).dtype();
  }

  @Test
  void itsStepsAreThoseOfTheNetwork() {
    Graph graph = graph("resnet18");

    assertThat(graph.steps().subList(0, 4))
        .containsExactly(
            new Step.Convolve(convolution("conv1", "bn1", 3, 64, 7, 2), "input", null, true),
            new Step.MaxPool("maxpool", "conv1", Topology.Pool.PADDED),
            new Step.Convolve(
                convolution("layer1.0.conv1", "layer1.0.bn1", 64, 64, 3, 1), "maxpool", null, true),
            new Step.Convolve(
                convolution("layer1.0.conv2", "layer1.0.bn2", 64, 64, 3, 1),
                "layer1.0.conv1",
                "maxpool",
                true));
    assertThat(graph.steps().reversed().subList(0, 2))
        .containsExactly(
            new Step.Linear("logits", "features", "fc", 10),
            new Step.GlobalPool("features", "layer4.1.conv2"));
    assertThat(graph.activation("maxpool")).isEqualTo(new Graph.Activation(64, 56, "conv1"));
    assertThat(graph.activation("input")).isEqualTo(new Graph.Activation(3, 224, "input"));
    assertThat(graph.activation(graph.last()))
        .isEqualTo(new Graph.Activation(512, 7, "layer4.1.conv2"));
    assertThat(graph.stages()).hasSize(5).startsWith("maxpool", "layer1.1.conv2");
  }

  @Test
  void aShortcutWithoutWeightsIsPaddedWhereTheShapeChanges() {
    assertThat(graph("cifar-resnet8").steps())
        .filteredOn(Step.Pad.class::isInstance)
        .containsExactly(
            new Step.Pad("layer2.0.conv2.pad", "layer1.0.conv2", 32, 2),
            new Step.Pad("layer3.0.conv2.pad", "layer2.0.conv2", 64, 2));
  }

  @Test
  void anotherFileIsRefused() throws Exception {
    Path weights = FormulaCheckpoint.write(folder.resolve("net"), "cifar-resnet8", 3);
    Path text = Files.writeString(folder.resolve("text"), "something else");

    assertThatThrownBy(() -> DirectPlanFile.open(weights))
        .isInstanceOf(IOException.class)
        .hasMessage(weights + " is no direct plan");
    assertThatThrownBy(() -> DirectPlanFile.open(text)).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FP32", "FP16"})
  void thereIsNoneForAGpu(Precision precision) throws Exception {
    try (FormulaNetwork formula = FormulaNetwork.of(Architecture.named("cifar-resnet8", 10))) {
      assertThatThrownBy(() ->
              PlanWriter.write(
                  Path.of("never"),
                  formula.network(),
                  Target.GPU,
                  PlanKind.DIRECT,
                  precision,
                  Preprocessing.CIFAR))
          .hasMessage(
              "there is no direct plan in %s for a GPU; there is always the fused one in fp32"
                  .formatted(precision.id()));
    }
  }

  private static Convolution convolution(
      String name, String norm, int inputs, int outputs, int kernel, int stride) {
    return new Convolution(name, norm, inputs, outputs, kernel, stride);
  }

  private static Graph graph(String architecture) {
    Topology topology = Architecture.named(architecture, 10);
    return Graph.of(topology, Architecture.imageSize(topology));
  }
}
