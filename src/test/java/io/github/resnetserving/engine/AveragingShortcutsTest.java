package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.graph.AveragingShortcuts;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.Precision;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A network whose shortcuts take the mean of windows is computed by every plan. */
class AveragingShortcutsTest {

  /** Sides of 30 and 27 give maps of odd sides, whose last windows reach beyond them. */
  @ParameterizedTest
  @CsvSource({
    "FUSED, FP32, 32, 1e-5",
    "FUSED, FP32, 30, 1e-5",
    "FUSED, FP32, 27, 1e-5",
    "DIRECT, FP32, 32, 1e-5",
    "DIRECT, FP32, 30, 1e-5",
    "DIRECT, FP32, 27, 1e-5",
    "PLAIN, FP32, 27, 1e-5",
    "EAGER, FP32, 27, 1e-5",
    "FUSED, BF16, 32, 2e-2",
    "FUSED, BF16, 27, 2e-2",
    "DIRECT, BF16, 32, 2e-2",
    "DIRECT, BF16, 27, 2e-2"
  })
  void itsLogitsAreThoseOfTheBook(PlanKind kind, Precision precision, int side, double tolerance)
      throws Exception {
    PrecisionAssumptions.assumeRuns(precision);
    assumeTrue(kind != PlanKind.DIRECT || NativeRuntime.hasOneDnn(), "skipped: there is no oneDNN");
    Preprocessing preprocessing =
        new Preprocessing(side, Interpolation.BILINEAR, side, Normalization.CIFAR10);
    List<Pixels> images = ProbeInputs.of(3, side);
    NaiveNetwork book = new NaiveNetwork(FormulaNetwork.weights(AveragingShortcuts.TOPOLOGY));
    try (FormulaNetwork formula = FormulaNetwork.of(AveragingShortcuts.TOPOLOGY);
        InferenceEngine engine =
            InferenceEngine.load(
                formula.network(), preprocessing, new EngineOptions(2, 3, kind).in(precision))) {
      List<NetworkOutput> outputs = engine.run(images);

      assertThat(formula.network().topology()).isEqualTo(AveragingShortcuts.TOPOLOGY);
      for (int i = 0; i < images.size(); i++) {
        double[] expected = book.logits(images.get(i), Normalization.CIFAR10);
        assertThat(ReferenceNetsTest.difference(outputs.get(i).logits(), expected))
            .isLessThan(tolerance);
      }
    }
  }
}
