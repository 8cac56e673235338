package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.graph.NetworkFamily;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.github.resnetserving.tensor.IntermediateRequest;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.Precision;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of block and shortcut, saved and read again, in every plan and precision. */
class NetworkFamiliesTest {

  private static final Preprocessing PREPROCESSING =
      new Preprocessing(
          NetworkFamily.SIDE, Interpolation.BILINEAR, NetworkFamily.SIDE, Normalization.CIFAR10);
  private static final int IMAGES = 2;

  @TempDir private Path folder;

  /** A plan and how far its logits may be from PyTorch's, as a share of the largest. */
  private record Case(PlanKind kind, Precision precision, double tolerance) {}

  private static final List<Case> CASES =
      List.of(
          new Case(PlanKind.EAGER, Precision.FP32, 1e-5),
          new Case(PlanKind.PLAIN, Precision.FP32, 1e-5),
          new Case(PlanKind.FUSED, Precision.FP32, 1e-5),
          new Case(PlanKind.DIRECT, Precision.FP32, 1e-5),
          new Case(PlanKind.FUSED, Precision.BF16, 3e-2),
          new Case(PlanKind.DIRECT, Precision.BF16, 3e-2),
          new Case(PlanKind.FUSED, Precision.INT8, 1e-1),
          new Case(PlanKind.DIRECT, Precision.INT8, 1e-1));

  static List<Arguments> plans() {
    return NetworkFamily.all().stream()
        .flatMap(family -> CASES.stream().map(plan -> Arguments.of(family, plan)))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("plans")
  void logitsAreThoseOfPyTorch(NetworkFamily family, Case plan) throws Exception {
    PrecisionAssumptions.assumeRuns(plan.precision());
    assumeTrue(
        plan.kind() != PlanKind.DIRECT || NativeRuntime.hasOneDnn(), "skipped: there is no oneDNN");
    try (NetworkFile file = saved(family);
        InferenceEngine engine =
            InferenceEngine.load(
                plan.precision() == Precision.INT8 ? calibrated(file.network()) : file.network(),
                PREPROCESSING,
                new EngineOptions(2, IMAGES, plan.kind()).in(plan.precision()))) {
      assertThat(file.network().topology()).isEqualTo(family.topology());
      List<NetworkOutput> outputs = engine.run(images());
      for (int i = 0; i < IMAGES; i++) {
        double[] expected = family.expected("logits" + i);
        assertThat(ReferenceNetsTest.difference(outputs.get(i).logits(), expected))
            .isLessThan(plan.tolerance());
      }
    }
  }

  /** Sums before a norm have negative values, and so in 8 bits a zero point. */
  @ParameterizedTest
  @MethodSource("plans")
  void mapsAreThoseOfTheEagerPlan(NetworkFamily family, Case plan) throws Exception {
    PrecisionAssumptions.assumeRuns(plan.precision());
    assumeTrue(
        plan.kind() != PlanKind.DIRECT || NativeRuntime.hasOneDnn(), "skipped: there is no oneDNN");
    assumeTrue(plan.kind() != PlanKind.EAGER, "skipped: it is what the others are held against");
    try (NetworkFile file = saved(family);
        InferenceEngine engine =
            InferenceEngine.load(
                plan.precision() == Precision.INT8 ? calibrated(file.network()) : file.network(),
                PREPROCESSING,
                new EngineOptions(2, IMAGES, plan.kind()).in(plan.precision()));
        InferenceEngine eager =
            InferenceEngine.load(
                file.network(), PREPROCESSING, new EngineOptions(2, IMAGES, PlanKind.EAGER))) {
      for (int stage = 0; stage <= family.topology().stages().size(); stage++) {
        double[] expected = map(eager, stage);
        float[] given = toFloats(map(engine, stage));
        assertThat(ReferenceNetsTest.difference(given, expected))
            .as("stage %d", stage)
            .isLessThan(2 * plan.tolerance());
      }
    }
  }

  private static double[] map(InferenceEngine engine, int stage) throws Exception {
    var map =
        (FeatureMap)
            engine
                .inspect(List.of(new IntermediateRequest.OfStage(images().getFirst(), stage)))
                .getFirst();
    return IntStream.range(0, map.values().length).mapToDouble(i -> map.values()[i]).toArray();
  }

  private static float[] toFloats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private NetworkFile saved(NetworkFamily family) throws Exception {
    Path file = folder.resolve("weights.safetensors");
    SafetensorsWriter.write(file, FormulaNetwork.weights(family.topology()), Map.of());
    return NetworkFile.open(file.toUri(), family.options().network());
  }

  private static Network calibrated(Network network) throws Exception {
    NativeRuntime.adopt(/* threads= */ 2);
    try (Calibrator calibrator = Calibrator.load(network, PREPROCESSING)) {
      calibrator.observe(images());
      return network.calibrated(calibrator.ranges());
    }
  }

  private static List<Pixels> images() {
    int side = NetworkFamily.SIDE;
    byte[] all = NetworkFamily.images(IMAGES);
    int each = all.length / IMAGES;
    return IntStream.range(0, IMAGES)
        .mapToObj(i -> new Pixels(side, side, Arrays.copyOfRange(all, i * each, (i + 1) * each)))
        .toList();
  }
}
