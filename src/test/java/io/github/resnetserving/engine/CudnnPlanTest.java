package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.plan.Plan;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.plan.Target;
import io.github.resnetserving.tensor.IntermediateOutput;
import io.github.resnetserving.tensor.IntermediateOutput.ClassActivationMap;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.github.resnetserving.tensor.IntermediateRequest;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.Precision;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A GPU's plan as far as a processor can run it: as it was written, but for cuDNN's operators, in
 * whose place stand the plain ones that they are a fusion of.
 */
class CudnnPlanTest {

  private static final int SIZE = 32;
  private static final Preprocessing SMALL =
      new Preprocessing(SIZE, Interpolation.BILINEAR, SIZE, Normalization.CIFAR10);

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "cifar-resnet8, FP32, 1e-5", "cifar-resnet8, FP16, 1e-2",
    "cifar-resnet8-b, FP32, 1e-5", "cifar-resnet8-b, FP16, 1e-2",
    "resnet18, FP32, 1e-5", "resnet18, FP16, 1e-2",
    "resnet50, FP32, 1e-5", "resnet50, FP16, 1e-2",
  })
  void thePlanComputesTheSameNetwork(String architecture, Precision precision, double tolerance)
      throws Exception {
    List<Pixels> images = ProbeInputs.of(3, SIZE);
    try (FormulaNetwork formula = FormulaNetwork.of(Architecture.named(architecture, 10));
        InferenceEngine book =
            InferenceEngine.load(
                formula.network(), SMALL, new EngineOptions(2, 3, PlanKind.PLAIN));
        Plan plan = load(unfused(write(formula, precision)))) {
      List<NetworkOutput> expected = book.run(images);
      assertAgreement(plan.run(images), expected, tolerance);
      assertAgreement(plan.run(images.subList(0, 1)), expected.subList(0, 1), tolerance);
      float[] input = standardized(images.getLast());
      assertAgreement(plan.forward(input, 1, SIZE), book.forward(input, 1), tolerance);
    }
  }

  @ParameterizedTest
  @CsvSource({"cifar-resnet8-b, 3", "resnet18, 4"})
  void mapsAreInFloat32AndThoseOfTheSameNetwork(String architecture, int stages) throws Exception {
    List<Pixels> images = ProbeInputs.of(2, SIZE);
    try (FormulaNetwork formula = FormulaNetwork.of(Architecture.named(architecture, 10));
        InferenceEngine book =
            InferenceEngine.load(
                formula.network(), SMALL, new EngineOptions(2, 2, PlanKind.PLAIN));
        Plan plan = load(unfused(write(formula, Precision.FP16)))) {
      assertThat(plan.stages()).isEqualTo(stages);
      for (int stage = 0; stage <= stages; stage++) {
        int shown = stage;
        List<IntermediateOutput> expected =
            book.intermediates(
                images.stream()
                    .<IntermediateRequest>map(crop -> new IntermediateRequest.OfStage(crop, shown))
                    .toList());
        List<FeatureMap> maps = plan.maps(images, stage);
        for (int i = 0; i < maps.size(); i++) {
          assertThat(difference(maps.get(i).values(), values(expected.get(i)))).isLessThan(1e-2);
        }
      }
      List<ClassActivationMap> explained = plan.explain(images, new long[] {4, -1});
      List<IntermediateOutput> expected =
          book.intermediates(
              List.of(
                  new IntermediateRequest.OfClass(images.get(0), 4),
                  new IntermediateRequest.OfClass(images.get(1), -1)));
      for (int i = 0; i < explained.size(); i++) {
        assertThat(difference(explained.get(i).values(), values(expected.get(i)))).isLessThan(1e-2);
      }
      assertThat(explained.getFirst().classIndex()).isEqualTo(4);
    }
  }

  /** Those on operators that every build of libtorch has run anywhere. */
  @ParameterizedTest
  @CsvSource({"PLAIN", "EAGER"})
  void otherPlansForAGpuRunOnAProcessorAsWell(PlanKind kind) throws Exception {
    List<Pixels> images = ProbeInputs.of(2, SIZE);
    try (FormulaNetwork formula = FormulaNetwork.of(Architecture.named("cifar-resnet8", 10));
        InferenceEngine book =
            InferenceEngine.load(formula.network(), SMALL, new EngineOptions(2, 2, kind));
        Plan plan = load(write(formula, kind, Precision.FP32))) {
      assertAgreement(plan.run(images), book.run(images), 1e-6);
    }
  }

  /** It is parsed and its weights are laid out; only the operators themselves are not there. */
  @Test
  void thePlanAsItIsIsAcceptedAndItsOperatorsAreKnown() throws Exception {
    try (FormulaNetwork formula = FormulaNetwork.of(Architecture.named("cifar-resnet8", 10));
        Plan plan = load(write(formula, Precision.FP16))) {
      assertThatThrownBy(() -> plan.run(ProbeInputs.of(1, SIZE)))
          .hasMessageContaining("Could not run 'aten::cudnn_convolution_relu'");
    }
  }

  @Test
  void aProcessorHasNoFloat16AndAGpuNoBfloat16() throws Exception {
    try (FormulaNetwork formula = FormulaNetwork.of(Architecture.named("cifar-resnet8", 10))) {
      assertThatThrownBy(() -> write(formula, Precision.BF16))
          .hasMessage(
              "there is no fused plan in bf16 for a GPU; there is always the fused one in fp32");
      assertThatThrownBy(() ->
              PlanWriter.write(
                  folder.resolve("never"),
                  formula.network(),
                  Target.CPU,
                  PlanKind.FUSED,
                  Precision.FP16,
                  SMALL))
          .hasMessage(
              "there is no fused plan in fp16 for a CPU; there is always the fused one in fp32");
    }
  }

  private Path write(FormulaNetwork formula, Precision precision) throws IOException {
    return write(formula, PlanKind.FUSED, precision);
  }

  private Path write(FormulaNetwork formula, PlanKind kind, Precision precision)
      throws IOException {
    Path archive = folder.resolve("plan.pt");
    PlanWriter.write(archive, formula.network(), Target.GPU, kind, precision, SMALL);
    return archive;
  }

  private static Plan load(Path archive) throws Exception {
    NativeRuntime.adopt(/* threads= */ 2);
    return ScriptPlan.load(archive, Device.cpu(), /* pinned= */ true, /* batch= */ 3);
  }

  /** The same archive with plain operators in the place of cuDNN's. */
  private static Path unfused(Path archive) throws IOException {
    // The writer's entries are stored, and the reader wants them so.
    try (FileSystem zip =
            FileSystems.newFileSystem(
                URI.create("jar:" + archive.toUri()), Map.of("compressionMethod", "STORED"));
        Stream<Path> all = Files.walk(zip.getPath("archive", "code"))) {
      Path code = all.filter(path -> path.toString().endsWith(".py")).findFirst().orElseThrow();
      String text = Files.readString(code, StandardCharsets.UTF_8);
      String plain =
          text.replaceAll(
                  "torch\\.cudnn_convolution_relu\\((.*)\\)", "torch.relu(torch.conv2d($1))")
              .replaceAll(
                  "torch\\.cudnn_convolution_add_relu\\((\\S+), (\\S+), (\\S+), 1\\., (.*)\\)",
                  "torch.relu(torch.add(torch.conv2d($1, $2, $4), $3))");
      assertThat(text).contains("cudnn_convolution_relu(", "cudnn_convolution_add_relu(");
      assertThat(plain).doesNotContain("cudnn");
      Files.writeString(code, plain, StandardCharsets.UTF_8);
    }
    return archive;
  }

  private static float[] standardized(Pixels image) {
    float[] input = new float[3 * SIZE * SIZE];
    for (int i = 0; i < SIZE * SIZE; i++) {
      for (int c = 0; c < 3; c++) {
        double value = (image.rgb()[3 * i + c] & 0xff) / 255.0;
        input[c * SIZE * SIZE + i] =
            (float)
                ((value - Normalization.CIFAR10.mean().get(c))
                    / Normalization.CIFAR10.std().get(c));
      }
    }
    return input;
  }

  private static void assertAgreement(
      List<NetworkOutput> outputs, List<NetworkOutput> expected, double tolerance) {
    assertThat(outputs).hasSameSizeAs(expected);
    for (int i = 0; i < outputs.size(); i++) {
      assertThat(difference(outputs.get(i).logits(), expected.get(i).logits()))
          .isLessThan(tolerance);
      assertThat(difference(outputs.get(i).features(), expected.get(i).features()))
          .isLessThan(tolerance);
    }
  }

  static float[] values(IntermediateOutput found) {
    return switch (found) {
      case FeatureMap map -> map.values();
      case ClassActivationMap map -> map.values();
    };
  }

  /** The largest difference, as a part of the largest expected magnitude. */
  static double difference(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double worst = 0;
    double largest = 0;
    for (int i = 0; i < actual.length; i++) {
      worst = Math.max(worst, Math.abs((double) actual[i] - expected[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    return worst / largest;
  }
}
