package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.plan.Target;
import io.github.resnetserving.tensor.IntermediateOutput;
import io.github.resnetserving.tensor.IntermediateRequest;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.Precision;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plans on a GPU against the processor's in float32; skipped where no GPU can be used. */
@Tag("gpu")
class GpuPlanTest {

  private static final double TOLERANCE = 1e-2;

  @ParameterizedTest
  @CsvSource({
    "resnet18, FP32",
    "resnet18, FP16",
    "resnet50, FP32",
    "resnet50, FP16",
    "cifar-resnet20, FP16",
    "cifar-resnet20-b, FP16"
  })
  void theGpuAnswersAsTheProcessorDoes(String architecture, Precision precision) throws Exception {
    ComputeDevice device = ComputeDevice.Setting.AUTO.choose();
    assumeTrue(device.target() == Target.GPU, "skipped: there is no GPU that the engine can use");
    boolean cifar = architecture.startsWith("cifar");
    Preprocessing preprocessing = cifar ? Preprocessing.CIFAR : Preprocessing.TORCHVISION_V1;
    List<Pixels> images = ProbeInputs.of(3, preprocessing.crop());
    List<IntermediateRequest> looks =
        List.of(
            new IntermediateRequest.OfStage(images.getFirst(), 0),
            new IntermediateRequest.OfClass(images.getLast(), IntermediateRequest.OfClass.TOP));
    EngineOptions options = new EngineOptions(2, 4, null);
    try (FormulaNetwork formula = FormulaNetwork.of(Architecture.named(architecture, 10));
        InferenceEngine expected = InferenceEngine.load(formula.network(), preprocessing, options);
        InferenceEngine engine =
            InferenceEngine.load(
                formula.network(), preprocessing, options.in(precision).on(device))) {
      assertThat(engine.report().device()).isEqualTo(device.id());
      assertThat(engine.report().plan()).isEqualTo("fused");
      List<NetworkOutput> outputs = engine.run(images);
      List<NetworkOutput> wanted = expected.run(images);
      assertThat(Autotuner.difference(outputs, wanted)).isLessThan(TOLERANCE);
      for (int i = 0; i < outputs.size(); i++) {
        assertThat(CudnnPlanTest.difference(outputs.get(i).features(), wanted.get(i).features()))
            .isLessThan(TOLERANCE);
      }
      List<IntermediateOutput> found = engine.intermediates(looks);
      List<IntermediateOutput> known = expected.intermediates(looks);
      for (int i = 0; i < looks.size(); i++) {
        assertThat(
                CudnnPlanTest.difference(
                    CudnnPlanTest.values(found.get(i)), CudnnPlanTest.values(known.get(i))))
            .isLessThan(TOLERANCE);
      }
    }
  }
}
