package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.graph.FormulaCheckpoint;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.plan.Target;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every plan of a network without a classifier gives the features of the whole network. */
class HeadlessPlansTest {

  private static final NetworkOptions HEADLESS =
      NetworkOptions.USUAL.withHead(NetworkOptions.NO_HEAD);

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "DIRECT, FP32, 0.001",
    "FUSED, FP32, 0.001",
    "PLAIN, FP32, 0.001",
    "EAGER, FP32, 0.001",
    "DIRECT, INT8, 0.2",
    "FUSED, INT8, 0.2"
  })
  void itsFeaturesAreThoseOfTheWholeNetwork(PlanKind kind, Precision precision, double off)
      throws Exception {
    assumeTrue(kind != PlanKind.DIRECT || NativeRuntime.hasOneDnn(), "skipped: there is no oneDNN");
    NetworkOutput whole = output(NetworkOptions.USUAL, PlanKind.PLAIN, Precision.FP32);
    NetworkOutput trunk = output(HEADLESS, kind, precision);

    assertThat(whole.logits()).hasSize(3);
    assertThat(trunk.logits()).isEmpty();
    assertThat(trunk.features()).hasSize(64);
    for (int i = 0; i < 64; i++) {
      assertThat((double) trunk.features()[i]).isCloseTo(whole.features()[i], within(off));
    }
  }

  @Test
  void aPlanForAGpuIsWritten() throws Exception {
    Path plan = folder.resolve("gpu.pt");
    try (NetworkFile file = open(HEADLESS)) {
      PlanWriter.write(
          plan, file.network(), Target.GPU, PlanKind.FUSED, Precision.FP16, Preprocessing.CIFAR);
    }

    assertThat(Files.size(plan)).isPositive();
  }

  @Test
  void plansThatDifferInFeaturesDoNotAgree() {
    NetworkOutput one = new NetworkOutput(new float[0], new float[] {1, 2});
    NetworkOutput other = new NetworkOutput(new float[0], new float[] {1, 3});

    assertThat(Autotuner.difference(List.of(one), List.of(one))).isZero();
    assertThat(Autotuner.difference(List.of(other), List.of(one))).isEqualTo(0.5);
  }

  private NetworkOutput output(NetworkOptions options, PlanKind kind, Precision precision)
      throws Exception {
    try (NetworkFile file = open(options);
        InferenceEngine engine =
            InferenceEngine.load(
                file.network(),
                Preprocessing.CIFAR,
                new EngineOptions(/* threads= */ 1, /* maxBatch= */ 2, kind).in(precision))) {
      return engine.run(ProbeInputs.of(2, 32)).getLast();
    }
  }

  private NetworkFile open(NetworkOptions options) throws Exception {
    Path weights = folder.resolve("net.safetensors");
    if (!Files.exists(weights)) {
      FormulaCheckpoint.write(weights, "cifar-resnet8", /* classes= */ 3);
    }
    return NetworkFile.open(weights.toUri(), options);
  }
}
