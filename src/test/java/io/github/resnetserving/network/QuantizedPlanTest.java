package io.github.resnetserving.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.engine.EngineOptions;
import io.github.resnetserving.engine.FormulaNetwork;
import io.github.resnetserving.engine.InferenceEngine;
import io.github.resnetserving.engine.PrecisionAssumptions;
import io.github.resnetserving.model.ActivationRange;
import io.github.resnetserving.model.Interpolation;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Normalization;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.Preprocessing;
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
    // Picture 2 has a value so close to the middle of two steps that float32 rounds it the other
    // way
    // in ResNet-18, where it moves a fifth of the features; 1 and 3 to 6 have none.
    List<Pixels> pictures = List.of(picture(1), picture(3));
    try (FormulaNetwork formula = FormulaNetwork.of(topology);
        InferenceEngine engine =
            InferenceEngine.load(
                formula.network(),
                PREPROCESSING,
                new EngineOptions(2, 2, kind).in(Precision.INT8))) {
      NaiveQuantizedNetwork book =
          new NaiveQuantizedNetwork(
              topology, formula.network().quantized(SIZE, Normalization.IMAGENET));
      List<NetworkOutput> outputs = engine.run(pictures);
      for (int i = 0; i < pictures.size(); i++) {
        double[] expected = book.features(pictures.get(i), Normalization.IMAGENET);
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

  @ParameterizedTest
  @EnumSource(names = {"FUSED", "DIRECT"})
  void standardizedInputIsRoundedToThePicturesBytes(PlanKind kind) throws Exception {
    PrecisionAssumptions.assumeRuns(Precision.INT8);
    Pixels picture = picture(3);
    float[] standardized = new float[3 * SIZE * SIZE];
    for (int i = 0; i < SIZE * SIZE; i++) {
      for (int c = 0; c < 3; c++) {
        standardized[c * SIZE * SIZE + i] =
            (float)
                (((picture.rgb()[3 * i + c] & 0xff) / 255.0 - Normalization.IMAGENET.mean().get(c))
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
          .containsExactly(engine.run(List.of(picture)).getFirst().logits());
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
              formula
                  .network()
                  .writePlan(
                      Path.of("never"),
                      Target.CPU,
                      PlanKind.PLAIN,
                      Precision.BF16,
                      SIZE,
                      Normalization.IMAGENET))
          .hasMessage(
              "there is no plain plan in bf16 for a CPU; there is always the fused one in fp32");
    }
  }

  private static Pixels picture(long seed) {
    byte[] rgb = new byte[SIZE * SIZE * 3];
    new Random(seed).nextBytes(rgb);
    return new Pixels(SIZE, SIZE, rgb);
  }
}
