package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.graph.NetworkFamily;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.github.resnetserving.tensor.IntermediateRequest;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.Precision;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of block and shortcut, saved and read again, in every plan and precision. */
class NetworkFamiliesTest {

  private static final Preprocessing PREPROCESSING =
      new Preprocessing(
          NetworkFamily.SIDE, Interpolation.BILINEAR, NetworkFamily.SIDE, Normalization.CIFAR10);
  private static final int IMAGES = 2;

  @TempDir private Path folder;

  /** A plan and how far its logits may be from PyTorch's, as a share of the largest. */
  private record PlanCase(PlanKind kind, Precision precision, double tolerance) {

    boolean runs() {
      return PrecisionAssumptions.runs(precision)
          && (kind != PlanKind.DIRECT || NativeRuntime.hasOneDnn());
    }
  }

  private static final List<PlanCase> PLANS =
      List.of(
          new PlanCase(PlanKind.EAGER, Precision.FP32, 1e-5),
          new PlanCase(PlanKind.PLAIN, Precision.FP32, 1e-5),
          new PlanCase(PlanKind.FUSED, Precision.FP32, 1e-5),
          new PlanCase(PlanKind.DIRECT, Precision.FP32, 1e-5),
          new PlanCase(PlanKind.FUSED, Precision.BF16, 3e-2),
          new PlanCase(PlanKind.DIRECT, Precision.BF16, 3e-2),
          new PlanCase(PlanKind.FUSED, Precision.INT8, 1e-1),
          new PlanCase(PlanKind.DIRECT, Precision.INT8, 1e-1));

  /** Sums before a norm have negative values, and so in 8 bits a zero point. */
  @ParameterizedTest
  @MethodSource("io.github.resnetserving.graph.NetworkFamily#all")
  void logitsAreThoseOfPyTorchAndMapsThoseOfTheEagerPlan(NetworkFamily family) throws Exception {
    try (NetworkFile file = saved(family);
        InferenceEngine eager =
            InferenceEngine.load(
                file.network(), PREPROCESSING, new EngineOptions(2, IMAGES, PlanKind.EAGER))) {
      assertThat(file.network().topology()).isEqualTo(family.topology());
      Network calibrated = calibrated(file.network());
      for (PlanCase plan : PLANS) {
        if (plan.runs()) {
          try (InferenceEngine engine =
              InferenceEngine.load(
                  plan.precision() == Precision.INT8 ? calibrated : file.network(),
                  PREPROCESSING,
                  new EngineOptions(2, IMAGES, plan.kind()).in(plan.precision()))) {
            assertAgreement(family, plan, engine, eager);
          }
        }
      }
    }
  }

  private static void assertAgreement(
      NetworkFamily family, PlanCase plan, InferenceEngine engine, InferenceEngine eager)
      throws Exception {
    List<NetworkOutput> outputs = engine.run(images());
    for (int i = 0; i < IMAGES; i++) {
      double[] expected = family.expected("logits" + i);
      assertThat(ReferenceNetsTest.difference(outputs.get(i).logits(), expected))
          .as("logits of %s", plan)
          .isLessThan(plan.tolerance());
    }
    for (int stage = 0; stage <= family.topology().stages().size(); stage++) {
      assertThat(distance(map(engine, stage), map(eager, stage)))
          .as("stage %d of %s", stage, plan)
          .isLessThan(plan.tolerance());
    }
  }

  private static float[] map(InferenceEngine engine, int stage) throws Exception {
    var map =
        (FeatureMap)
            engine
                .intermediates(List.of(new IntermediateRequest.OfStage(images().getFirst(), stage)))
                .getFirst();
    return map.values();
  }

  /** The length of the difference, as a share of the expected length: bytes clip single values. */
  private static double distance(float[] given, float[] expected) {
    assertThat(given).hasSameSizeAs(expected);
    double off = 0;
    double length = 0;
    for (int i = 0; i < expected.length; i++) {
      off += Math.pow((double) given[i] - expected[i], 2);
      length += Math.pow(expected[i], 2);
    }
    return Math.sqrt(off / length);
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
