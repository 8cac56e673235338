package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.graph.FormulaCheckpoint;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.plan.PlanKind;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A stem that is said to be another than its kernel tells is computed alike by every plan. */
class StemPlansTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "1, true, DIRECT",
    "1, true, FUSED",
    "1, true, PLAIN",
    "2, false, DIRECT",
    "2, false, FUSED",
    "2, true, DIRECT",
    "2, true, FUSED",
    "3, true, DIRECT",
    "4, false, FUSED",
    "4, true, PLAIN"
  })
  void everyPlanComputesTheStemThatIsSaid(int stride, boolean pool, PlanKind kind)
      throws Exception {
    assumeTrue(kind != PlanKind.DIRECT || NativeRuntime.hasOneDnn(), "skipped: there is no oneDNN");
    NetworkOptions said = NetworkOptions.USUAL.withStem(stride, pool);

    float[] expected = logits(said, PlanKind.EAGER);
    float[] usual = logits(NetworkOptions.USUAL, PlanKind.EAGER);
    float[] given = logits(said, kind);

    assertThat(expected).isNotEqualTo(usual);
    for (int i = 0; i < expected.length; i++) {
      assertThat(given[i]).isCloseTo(expected[i], within(1e-3f));
    }
  }

  private float[] logits(NetworkOptions options, PlanKind kind) throws Exception {
    Path weights = folder.resolve("net.safetensors");
    if (!Files.exists(weights)) {
      FormulaCheckpoint.write(weights, "cifar-resnet8", /* classes= */ 3);
    }
    try (NetworkFile file = NetworkFile.open(weights.toUri(), options);
        InferenceEngine engine =
            InferenceEngine.load(
                file.network(),
                Preprocessing.CIFAR,
                new EngineOptions(/* threads= */ 1, /* maxBatch= */ 2, kind))) {
      return engine.run(ProbeInputs.of(2, 32)).getLast().logits();
    }
  }
}
