package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.tensor.IntermediateOutput;
import io.github.resnetserving.tensor.IntermediateOutput.ClassActivationMap;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.github.resnetserving.tensor.IntermediateRequest;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Maps of stages and of classes, in every form of plan. */
class InsideTest {

  private static final Preprocessing SMALL =
      new Preprocessing(32, Interpolation.BILINEAR, 32, Normalization.CIFAR10);

  /** One batch looks at every stage, out of order, and at a class. */
  @ParameterizedTest
  @EnumSource
  void everyStageGivesTheMapOfTheBook(PlanKind kind) throws Exception {
    for (String name : List.of("cifar-resnet8", "cifar-resnet8-b")) {
      Topology topology = Architecture.named(name, 10);
      NaiveNetwork book = new NaiveNetwork(FormulaNetwork.weights(topology));
      Pixels a = image(1);
      Pixels b = image(2);
      List<IntermediateRequest> batch =
          List.of(
              new IntermediateRequest.OfStage(a, 3),
              new IntermediateRequest.OfClass(b, 4),
              new IntermediateRequest.OfStage(a, 0),
              new IntermediateRequest.OfStage(b, 3),
              new IntermediateRequest.OfStage(b, 1),
              new IntermediateRequest.OfStage(a, 2));
      try (FormulaNetwork formula = FormulaNetwork.of(topology);
          InferenceEngine engine =
              InferenceEngine.load(formula.network(), SMALL, new EngineOptions(2, 4, kind))) {
        assertThat(engine.stages()).isEqualTo(3);
        List<IntermediateOutput> found = engine.intermediates(batch);

        List<String> shapes = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
          switch (found.get(i)) {
            case FeatureMap map -> {
              shapes.add("%d x %d x %d".formatted(map.channels(), map.height(), map.width()));
              var asked = (IntermediateRequest.OfStage) batch.get(i);
              double[] expected = book.map(asked.crop(), Normalization.CIFAR10, asked.stage());
              assertThat(ReferenceNetsTest.difference(map.values(), expected)).isLessThan(1e-5);
            }
            case ClassActivationMap map -> {
              shapes.add(
                  "class %d: %d x %d".formatted(map.classIndex(), map.height(), map.width()));
              double[] expected = book.logits(b, Normalization.CIFAR10);
              assertThat(ReferenceNetsTest.difference(map.logits(), expected)).isLessThan(1e-5);
            }
          }
        }
        assertThat(shapes)
            .containsExactly(
                "64 x 8 x 8",
                "class 4: 8 x 8",
                "16 x 32 x 32",
                "64 x 8 x 8",
                "16 x 32 x 32",
                "32 x 16 x 16");
      }
    }
  }

  /** With and without a max pool, whatever the numbers are computed in. */
  @ParameterizedTest
  @CsvSource({
    "cifar-resnet8, FP32, FUSED", "cifar-resnet8, BF16, FUSED", "cifar-resnet8, INT8, FUSED",
    "resnet18, FP32, FUSED", "resnet18, BF16, FUSED", "resnet18, INT8, FUSED",
    "cifar-resnet8, FP32, DIRECT", "cifar-resnet8, BF16, DIRECT", "cifar-resnet8, INT8, DIRECT",
    "resnet18, FP32, DIRECT", "resnet18, BF16, DIRECT", "resnet18, INT8, DIRECT"
  })
  void mapsAreThoseThatTheAnswerWasMadeOf(String architecture, Precision precision, PlanKind kind)
      throws Exception {
    PrecisionAssumptions.assumeRuns(precision);
    Pixels image = image(3);
    Topology topology = Architecture.named(architecture, 10);
    try (FormulaNetwork formula = FormulaNetwork.of(topology);
        InferenceEngine engine =
            InferenceEngine.load(
                formula.network(), SMALL, new EngineOptions(2, 2, kind).in(precision))) {
      NetworkOutput output = engine.run(List.of(image)).getFirst();
      float largest = 0;
      for (float feature : output.features()) {
        largest = Math.max(largest, feature);
      }
      FeatureMap last =
          (FeatureMap)
              engine
                  .intermediates(List.of(new IntermediateRequest.OfStage(image, engine.stages())))
                  .getFirst();
      int area = last.height() * last.width();
      for (int c = 0; c < last.channels(); c++) {
        float[] channel = Arrays.copyOfRange(last.values(), c * area, (c + 1) * area);
        assertThat(mean(channel)).isCloseTo(output.features()[c], within(largest * 1e-5));
      }
      for (int index = IntermediateRequest.OfClass.TOP; index < 10; index++) {
        var map =
            (ClassActivationMap)
                engine
                    .intermediates(List.of(new IntermediateRequest.OfClass(image, index)))
                    .getFirst();
        assertThat(map.logits()).usingComparatorWithPrecision(1e-4f).contains(output.logits());
        assertThat(mean(map.values()) + map.bias())
            .isCloseTo(map.logits()[map.classIndex()], within(1e-4));
      }
      FeatureMap stem =
          (FeatureMap)
              engine.intermediates(List.of(new IntermediateRequest.OfStage(image, 0))).getFirst();
      int side = architecture.startsWith("cifar") ? 32 : 8; // after the stride and the max pool
      assertThat(List.of(stem.height(), stem.width())).containsExactly(side, side);
    }
  }

  static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static Pixels image(int seed) {
    byte[] rgb = new byte[32 * 32 * 3];
    new Random(seed).nextBytes(rgb);
    return new Pixels(32, 32, rgb);
  }
}
