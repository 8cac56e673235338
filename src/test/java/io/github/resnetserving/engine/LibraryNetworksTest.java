package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.checkpoint.FormulaWeights;
import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.graph.LayerTable;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.graph.NetworkFamily;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Networks of torchvision, timm and well-known repositories, by the names of their own state dicts,
 * in every plan and precision. {@code networks/library/make.py} made the numbers.
 */
class LibraryNetworksTest {

  private static final Path FIXTURES = Path.of("src/test/resources/networks/library");
  private static final int IMAGES = 2;

  @TempDir private Path folder;

  /** A plan and how far its logits may be from the library's, as a share of the largest. */
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

  /** A library's network, as the fixture's file describes it. */
  private record LibraryNetwork(
      int side,
      long parameters,
      long multiplyAdds,
      SequencedMap<String, List<Integer>> tensors,
      Map<String, double[]> logits) {

    static LibraryNetwork read(String name) throws IOException {
      Map<String, Long> numbers = new HashMap<>();
      SequencedMap<String, List<Integer>> tensors = new LinkedHashMap<>();
      Map<String, double[]> logits = new HashMap<>();
      for (String line : Files.readAllLines(FIXTURES.resolve(name + ".csv"))) {
        List<String> fields = List.of(line.split(",", -1));
        switch (fields.getFirst()) {
          case "tensor" ->
              tensors.put(
                  fields.get(1),
                  fields.subList(2, fields.size()).stream().map(Integer::valueOf).toList());
          case "logits0", "logits1" ->
              logits.put(
                  fields.getFirst(),
                  fields.stream().skip(1).mapToDouble(Double::parseDouble).toArray());
          default -> numbers.put(fields.getFirst(), Long.valueOf(fields.get(1)));
        }
      }
      return new LibraryNetwork(
          Math.toIntExact(Objects.requireNonNull(numbers.get("side"))),
          Objects.requireNonNull(numbers.get("parameters")),
          Objects.requireNonNull(numbers.get("multiply-adds")),
          tensors,
          logits);
    }

    double[] logits(int image) {
      return Objects.requireNonNull(logits.get("logits" + image));
    }

    Preprocessing preprocessing() {
      return new Preprocessing(side, Interpolation.BILINEAR, side, Normalization.CIFAR10);
    }

    List<Pixels> images() {
      byte[] all = NetworkFamily.images(IMAGES, side);
      int each = all.length / IMAGES;
      return IntStream.range(0, IMAGES)
          .mapToObj(i -> new Pixels(side, side, Arrays.copyOfRange(all, i * each, (i + 1) * each)))
          .toList();
    }
  }

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
        "kuangliu",
        "weiaicunzai-basic",
        "weiaicunzai-bottleneck",
        "akamaster",
        "chenyaofo"
      })
  void itsLogitsItsParametersAndItsCostAreTheLibrarys(String name) throws Exception {
    LibraryNetwork library = LibraryNetwork.read(name);
    try (NetworkFile file = NetworkFile.open(saved(library).toUri(), NetworkOptions.USUAL)) {
      LayerTable table = LayerTable.of(file.network().topology(), library.side());
      assertThat(table.parameters())
          .isEqualTo(library.parameters())
          .isEqualTo(file.network().topology().parameters());
      assertThat(table.multiplyAdds()).isEqualTo(library.multiplyAdds());
      Network calibrated = calibrated(file.network(), library);
      List<String> off = new ArrayList<>();
      for (PlanCase plan : PLANS) {
        if (plan.runs()) {
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

  private static double difference(Network network, PlanCase plan, LibraryNetwork library)
      throws Exception {
    double largest = 0;
    try (InferenceEngine engine =
        InferenceEngine.load(
            network,
            library.preprocessing(),
            new EngineOptions(2, IMAGES, plan.kind()).in(plan.precision()))) {
      List<NetworkOutput> outputs = engine.run(library.images());
      for (int i = 0; i < IMAGES; i++) {
        largest =
            Math.max(
                largest, ReferenceNetsTest.difference(outputs.get(i).logits(), library.logits(i)));
      }
    }
    return largest;
  }

  /** With the names and shapes of the library's state dict. */
  private Path saved(LibraryNetwork library) throws IOException {
    boolean bottleneck = library.tensors().keySet().stream().anyMatch(n -> n.contains(".bn3."));
    SequencedMap<String, FloatTensor> tensors = new LinkedHashMap<>();
    library
        .tensors()
        .forEach((name, shape) ->
            tensors.put(
                name, new FloatTensor(shape, FormulaWeights.values(name, shape, bottleneck))));
    Path file = folder.resolve("weights.safetensors");
    SafetensorsWriter.write(file, tensors, Map.of());
    return file;
  }

  private static Network calibrated(Network network, LibraryNetwork library) throws Exception {
    NativeRuntime.adopt(/* threads= */ 2);
    try (Calibrator calibrator = Calibrator.load(network, library.preprocessing())) {
      calibrator.observe(library.images());
      return network.calibrated(calibrator.ranges());
    }
  }
}
