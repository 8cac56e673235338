package io.github.resnetserving.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.engine.FormulaNetwork;
import io.github.resnetserving.model.Normalization;
import io.github.resnetserving.network.DirectProgram.Activation;
import io.github.resnetserving.network.DirectProgram.Step;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectProgramTest {

  @ParameterizedTest
  @ValueSource(strings = {"cifar-resnet8", "cifar-resnet8-b", "resnet18", "resnet50"})
  void itsTextIsReadBackAsItWas(String architecture) throws Exception {
    Topology topology = Architecture.named(architecture, 10);
    try (FormulaNetwork formula = FormulaNetwork.of(topology)) {
      QuantizedForm form = formula.network().quantized(32, Normalization.IMAGENET);
      DirectProgram program =
          new Direct(topology, form, Precision.INT8, 32, Normalization.IMAGENET).program();

      assertThat(DirectProgram.parse(program.text())).isEqualTo(program);
    }
  }

  @Test
  void itsStepsAreThoseOfTheNetwork() {
    DirectProgram program = program("resnet18");

    assertThat(program.steps().subList(0, 4))
        .containsExactly(
            new Step.Convolve("v0", "input", "conv1", 7, 2, 3, true, null),
            new Step.MaxPool("v1", "v0"),
            new Step.Convolve("v2", "v1", "layer1.0.conv1", 3, 1, 1, true, null),
            new Step.Convolve("v3", "v2", "layer1.0.conv2", 3, 1, 1, true, "v1"));
    assertThat(program.map("v1")).isEqualTo(new Activation(64, 56, 1, 0));
    assertThat(program.map("input")).isEqualTo(new Activation(3, 224, 1, 0));
    assertThat(program.map(program.last())).isEqualTo(new Activation(512, 7, 1, 0));
    assertThat(program.stages()).hasSize(5).startsWith("v1", "v5");
  }

  @Test
  void aShortcutWithoutWeightsIsPaddedWhereTheShapeChanges() {
    assertThat(program("cifar-resnet8").steps())
        .filteredOn(Step.Pad.class::isInstance)
        .containsExactly(new Step.Pad("v3", "v2", 2), new Step.Pad("v6", "v5", 2));
  }

  @Test
  void anotherTextIsRefused() {
    assertThatThrownBy(() -> DirectProgram.parse("something else"))
        .hasMessage("not a direct program: something else");
  }

  @Test
  void thereIsNoneForAGpu() throws Exception {
    try (FormulaNetwork formula = FormulaNetwork.of(Architecture.named("cifar-resnet8", 10))) {
      assertThatThrownBy(() ->
              formula
                  .network()
                  .writePlan(
                      Path.of("never"),
                      Target.GPU,
                      PlanKind.DIRECT,
                      Precision.FP32,
                      32,
                      Normalization.IMAGENET))
          .hasMessage(
              "there is no direct plan in fp32 for a GPU; there is always the fused one in fp32");
    }
  }

  private static DirectProgram program(String architecture) {
    Topology topology = Architecture.named(architecture, 10);
    int size = Architecture.imageSize(topology);
    FusedForm form = new FusedForm(topology, new Folding(Map.of()), ElementType.FLOAT32);
    return new Direct(topology, form, Precision.FP32, size, Normalization.IMAGENET).program();
  }
}
