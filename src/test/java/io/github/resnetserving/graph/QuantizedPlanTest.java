package io.github.resnetserving.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.FormulaNetwork;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.engine.PlanWriter;
import io.github.resnetserving.engine.PrecisionAssumptions;
import io.github.resnetserving.models.Calibration.ActivationRange;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.plan.Target;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class QuantizedPlanTest {

  private static final int SIZE = 32;
  private static final Preprocessing PREPROCESSING =
      new Preprocessing(SIZE, Interpolation.BILINEAR, SIZE, Normalization.IMAGENET);

  /** Shortcuts of every kind, with and without the max pool. */
  @ParameterizedTest
  @CsvSource({
    "cifar-resnet8, FUSED", "cifar-resnet8-b, FUSED", "resnet18, FUSED",
    "cifar-resnet8, DIRECT", "cifar-resnet8-b, DIRECT", "resnet18, DIRECT"
  })
  void thePlanAgreesWithIntegersByTheBook(String architecture, PlanKind kind) throws Exception {
    PrecisionAssumptions.assumeRuns(Precision.INT8);
    Topology topology = Architecture.named(architecture, 10);
    // Image 2 has a value so close to the middle of two steps that float32 rounds it the other
    // way
    // in ResNet-18, where it moves a fifth of the features; 1 and 3 to 6 have none.
    List<Pixels> images = List.of(image(1), image(3));
    try (FormulaNetwork formula = FormulaNetwork.of(topology);
        InferenceEngine engine =
            InferenceEngine.load(
                formula.network(),
                PREPROCESSING,
                new EngineOptions(2, 2, kind).in(Precision.INT8))) {
      NaiveQuantizedNetwork book =
          new NaiveQuantizedNetwork(
              topology,
              formula.network().quantized(Graph.of(topology, SIZE), Normalization.IMAGENET));
      List<NetworkOutput> outputs = engine.run(images);
      for (int i = 0; i < images.size(); i++) {
        double[] expected = book.features(images.get(i), Normalization.IMAGENET);
        float[] features = outputs.get(i).features();
        assertThat(features).hasSameSizeAs(expected);
        double step = book.lastScale();
        for (int c = 0; c < expected.length; c++) {
          // A value that lies between two steps may go either way in float32.
          assertThat((double) features[c]).isCloseTo(expected[c], within(step / 20));
        }
      }
    }
  }

  /** Sides of 32 and 27: the last windows of an odd one reach beyond it. */
  @ParameterizedTest
  @CsvSource({"32, FUSED", "27, FUSED", "32, DIRECT", "27, DIRECT"})
  void shortcutsThatTakeTheMeanAgreeWithIntegersByTheBook(int side, PlanKind kind)
      throws Exception {
    PrecisionAssumptions.assumeRuns(Precision.INT8);
    Topology topology = AveragingShortcuts.TOPOLOGY;
    Preprocessing preprocessing =
        new Preprocessing(side, Interpolation.BILINEAR, side, Normalization.IMAGENET);
    byte[] rgb = new byte[side * side * 3];
    new Random(3).nextBytes(rgb);
    Pixels image = new Pixels(side, side, rgb);
    try (FormulaNetwork formula = FormulaNetwork.of(topology);
        InferenceEngine engine =
            InferenceEngine.load(
                formula.network(),
                preprocessing,
                new EngineOptions(2, 1, kind).in(Precision.INT8))) {
      NaiveQuantizedNetwork book =
          new NaiveQuantizedNetwork(
              topology,
              formula.network().quantized(Graph.of(topology, side), Normalization.IMAGENET));
      double[] expected = book.features(image, Normalization.IMAGENET);
      float[] features = engine.run(List.of(image)).getFirst().features();
      for (int c = 0; c < expected.length; c++) {
        assertThat((double) features[c]).isCloseTo(expected[c], within(book.lastScale() / 20));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FUSED", "DIRECT"})
  void standardizedInputIsRoundedToTheImagesBytes(PlanKind kind) throws Exception {
    PrecisionAssumptions.assumeRuns(Precision.INT8);
    Pixels image = image(3);
    float[] standardized = new float[3 * SIZE * SIZE];
    for (int i = 0; i < SIZE * SIZE; i++) {
      for (int c = 0; c < 3; c++) {
        standardized[c * SIZE * SIZE + i] =
            (float)
                (((image.rgb()[3 * i + c] & 0xff) / 255.0 - Normalization.IMAGENET.mean().get(c))
                    / Normalization.IMAGENET.std().get(c));
      }
    }
    try (FormulaNetwork formula = FormulaNetwork.of(Architecture.named("cifar-resnet8", 10));
        InferenceEngine engine =
            InferenceEngine.load(
                formula.network(),
                PREPROCESSING,
                new EngineOptions(2, 1, kind).in(Precision.INT8))) {
      assertThat(engine.forward(standardized, 1).getFirst().logits())
          .containsExactly(engine.run(List.of(image)).getFirst().logits());
    }
  }

  @Test
  void rangesOfAnotherNetworkAreRefused() throws Exception {
    try (FormulaNetwork formula = FormulaNetwork.of(Architecture.named("cifar-resnet8", 10))) {
      assertThatThrownBy(
              () -> formula.network().calibrated(Map.of("conv7", new ActivationRange(0, 1))))
          .isInstanceOf(NetworkException.class)
          .hasMessageStartingWith("the activation ranges are those of another network: missing")
          .hasMessageEndingWith("unexpected conv7");
    }
  }

  @Test
  void thereIsNoPlainPlanInLessThanFloat32() throws Exception {
    try (FormulaNetwork formula = FormulaNetwork.of(Architecture.named("cifar-resnet8", 10))) {
      assertThatThrownBy(() ->
              PlanWriter.write(
                  Path.of("never"),
                  formula.network(),
                  Target.CPU,
                  PlanKind.PLAIN,
                  Precision.BF16,
                  PREPROCESSING))
          .hasMessage(
              "there is no plain plan in bf16 for a CPU; there is always the fused one in fp32");
    }
  }

  private static Pixels image(long seed) {
    byte[] rgb = new byte[SIZE * SIZE * 3];
    new Random(seed).nextBytes(rgb);
    return new Pixels(SIZE, SIZE, rgb);
  }
}
