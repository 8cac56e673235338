package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.graph.LayerTable;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Networks of torchvision, timm and well-known repositories, by the names of their own state dicts,
 * in every plan and precision. {@code networks/library/make.py} made the numbers.
 */
class LibraryNetworksTest {

  @TempDir private Path folder;

  /** A plan and how far its logits may be from the library's, as a share of the largest. */
  private record PlanCase(PlanKind kind, Precision precision, double tolerance) {

    boolean runs(Network network) {
      boolean direct =
          NativeRuntime.hasOneDnn() && network.topology().norms() == Topology.Norms.BATCH;
      return PrecisionAssumptions.runs(precision) && (kind != PlanKind.DIRECT || direct);
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "torchvision-resnext",
        "timm-resnext",
        "timm-resnet-d",
        "timm-resnet-t",
        "timm-basic-d",
        "timm-seresnet",
        "timm-basic-se",
        "timm-seresnext-d",
        "timm-legacy-seresnet",
        "timm-legacy-seresnext",
        "timm-legacy-senet",
        "timm-resnet-gn",
        "timm-basic-gn",
        "timm-seresnet-d-gn",
        "timm-bit",
        "timm-v2",
        "timm-v2-d",
        "timm-v2-basic",
        "timm-v2-d-gn",
        "kuangliu",
        "weiaicunzai-basic",
        "weiaicunzai-bottleneck",
        "akamaster",
        "chenyaofo"
      })
  void itsLogitsItsParametersAndItsCostAreTheLibrarys(String name) throws Exception {
    LibraryNetwork library = LibraryNetwork.read(name);
    try (NetworkFile file = NetworkFile.open(library.saved(folder).toUri(), NetworkOptions.USUAL)) {
      LayerTable table = LayerTable.of(file.network().topology(), library.side());
      assertThat(table.parameters())
          .isEqualTo(library.parameters())
          .isEqualTo(file.network().topology().parameters());
      assertThat(table.multiplyAdds()).isEqualTo(library.multiplyAdds());
      Network calibrated = calibrated(file.network(), library);
      List<String> off = new ArrayList<>();
      for (PlanCase plan : PLANS) {
        if (plan.runs(file.network())) {
          double difference =
              difference(
                  plan.precision() == Precision.INT8 ? calibrated : file.network(), plan, library);
          if (!(difference < plan.tolerance())) {
            off.add("%s: %s".formatted(plan, difference));
          }
        }
      }
      assertThat(off).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fp32", "int8"})
  void aDirectPlanOfGroupNormsIsRefusedWithItsReason(String precision) throws Exception {
    PrecisionSetting asked = PrecisionSetting.valueOf(precision.toUpperCase(Locale.ROOT));
    assumeTrue(
        NativeRuntime.hasOneDnn() && PrecisionAssumptions.runs(asked.precision()),
        "skipped: there are no such plans on this processor");
    LibraryNetwork library = LibraryNetwork.read("timm-resnet-gn");
    try (NetworkFile file = NetworkFile.open(library.saved(folder).toUri(), NetworkOptions.USUAL)) {
      EngineOptions direct =
          new EngineOptions(2, LibraryNetwork.IMAGES, PlanKind.DIRECT).in(asked.precision());

      assertThatThrownBy(
              () -> InferenceEngine.load(file.network(), library.preprocessing(), direct))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining(
              "oneDNN computes the group norm bn1 with plain loops; the fused plan runs it");
    }
  }

  private static double difference(Network network, PlanCase plan, LibraryNetwork library)
      throws Exception {
    double largest = 0;
    try (InferenceEngine engine =
        InferenceEngine.load(
            network,
            library.preprocessing(),
            new EngineOptions(2, LibraryNetwork.IMAGES, plan.kind()).in(plan.precision()))) {
      List<NetworkOutput> outputs = engine.run(library.images());
      for (int i = 0; i < LibraryNetwork.IMAGES; i++) {
        largest =
            Math.max(
                largest, ReferenceNetsTest.difference(outputs.get(i).logits(), library.logits(i)));
      }
    }
    return largest;
  }

  private static Network calibrated(Network network, LibraryNetwork library) throws Exception {
    NativeRuntime.adopt(/* threads= */ 2);
    try (Calibrator calibrator = Calibrator.load(network, library.preprocessing())) {
      calibrator.observe(library.images());
      return network.calibrated(calibrator.ranges());
    }
  }
}
