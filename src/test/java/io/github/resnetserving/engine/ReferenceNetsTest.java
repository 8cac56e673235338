package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.Npy;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.tensor.IntermediateOutput.ClassActivationMap;
import io.github.resnetserving.tensor.IntermediateRequest;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fifteen networks against torch and torchvision in float64. */
class ReferenceNetsTest {

  private static final Path REFERENCE = Path.of("../shared/reference");
  private static final List<String> IMAGES =
      List.of("alpha.png", "exif_6.jpg", "large_1080p.jpg", "photo.jpg", "typical.jpg");

  /** Of the largest magnitude; torch's own float32 stays within 1e-6. */
  private static final double TOLERANCE = 1e-5;

  private static final double BFLOAT16_TOLERANCE = 1e-2;

  static List<Arguments> networks() {
    return Stream.of(PlanKind.FUSED, PlanKind.DIRECT)
        .flatMap(kind -> references().map(net -> Arguments.of(net.get()[0], net.get()[1], kind)))
        .toList();
  }

  private static Stream<Arguments> references() {
    return Stream.concat(
        Stream.of(18, 34, 50, 101, 152)
            .map(depth -> Arguments.of("resnet" + depth, "resnet" + depth)),
        Stream.of(20, 32, 44, 56, 110)
            .flatMap(depth ->
                Stream.of(
                    Arguments.of("cifar-resnet" + depth, "cifar_resnet%dA".formatted(depth)),
                    Arguments.of(
                        "cifar-resnet%d-b".formatted(depth), "cifar_resnet%dB".formatted(depth)))));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void logitsAndFeaturesAreThoseOfTorch(String architecture, String reference, PlanKind kind)
      throws Exception {
    assertAgreement(architecture, reference, kind, Precision.FP32, TOLERANCE);
  }

  @ParameterizedTest
  @MethodSource("networks")
  void bfloat16StaysWithinAHundredth(String architecture, String reference, PlanKind kind)
      throws Exception {
    PrecisionAssumptions.assumeRuns(Precision.BF16);
    assertAgreement(architecture, reference, kind, Precision.BF16, BFLOAT16_TOLERANCE);
  }

  private static void assertAgreement(
      String architecture, String reference, PlanKind kind, Precision precision, double tolerance)
      throws Exception {
    assumeTrue(
        Files.isDirectory(REFERENCE), "skipped: there are no reference numbers in ../shared");
    boolean imagenet = reference.startsWith("resnet");
    Preprocessing preprocessing = imagenet ? Preprocessing.TORCHVISION_V1 : Preprocessing.CIFAR;
    Topology topology = Architecture.named(architecture, imagenet ? 1000 : 10);
    ImagePipeline images = new ImagePipeline(DecodePolicy.DEFAULT);
    try (FormulaNetwork formula = FormulaNetwork.of(topology);
        InferenceEngine engine =
            InferenceEngine.load(
                formula.network(), preprocessing, new EngineOptions(2, 1, kind).in(precision))) {
      for (String image : IMAGES) {
        NetworkOutput output = engine.run(List.of(crop(image, preprocessing, images))).getFirst();
        String file = reference + "." + image + ".npy";
        assertThat(difference(output.logits(), Npy.doubles(expected("logits", file)).values()))
            .as("logits of %s", file)
            .isLessThan(tolerance);
        assertThat(difference(output.features(), Npy.doubles(expected("features", file)).values()))
            .as("features of %s", file)
            .isLessThan(tolerance);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"resnet18", "resnet50"})
  void tenCropLogitsAreThoseOfTorchvision(String architecture) throws Exception {
    assumeTrue(
        Files.isDirectory(REFERENCE), "skipped: there are no reference numbers in ../shared");
    ImagePipeline images = new ImagePipeline(DecodePolicy.DEFAULT);
    assumeTrue(
        images.jpegDecoder().startsWith("libjpeg-turbo"), "skipped: there is no libjpeg-turbo");
    byte[] image = Files.readAllBytes(REFERENCE.resolve("images/good/typical.jpg"));
    List<Pixels> crops =
        images
            .prepare(image, Preprocessing.TORCHVISION_V1, CropMode.TEN, PreparationListener.NONE)
            .crops();
    double[] expected =
        Npy.doubles(expected("tencrop", architecture + ".typical.jpg.npy")).values();
    try (FormulaNetwork formula = FormulaNetwork.of(Architecture.named(architecture, 1000));
        InferenceEngine engine =
            InferenceEngine.load(
                formula.network(),
                Preprocessing.TORCHVISION_V1,
                new EngineOptions(2, 10, PlanKind.FUSED))) {
      List<NetworkOutput> outputs = engine.run(crops);
      float[] logits = new float[10 * 1000];
      for (int i = 0; i < 10; i++) {
        System.arraycopy(outputs.get(i).logits(), 0, logits, 1000 * i, 1000);
      }
      assertThat(difference(logits, expected)).isLessThan(TOLERANCE);
    }
  }

  @Test
  void theMeanOfAnActivationMapAndTheBiasAreTheLogit() throws Exception {
    assumeTrue(
        Files.isDirectory(REFERENCE), "skipped: there are no reference numbers in ../shared");
    ImagePipeline images = new ImagePipeline(DecodePolicy.DEFAULT);
    Pixels crop = crop("typical.jpg", Preprocessing.TORCHVISION_V1, images);
    double[] expected = Npy.doubles(expected("logits", "resnet50.typical.jpg.npy")).values();
    try (FormulaNetwork formula = FormulaNetwork.of(Architecture.named("resnet50", 1000));
        InferenceEngine engine =
            InferenceEngine.load(
                formula.network(),
                Preprocessing.TORCHVISION_V1,
                new EngineOptions(2, 1, PlanKind.FUSED))) {
      for (int asked : new int[] {IntermediateRequest.OfClass.TOP, 0, 999}) {
        var map =
            (ClassActivationMap)
                engine
                    .intermediates(List.of(new IntermediateRequest.OfClass(crop, asked)))
                    .getFirst();
        assertThat(map.values()).hasSize(7 * 7);
        assertThat(difference(map.logits(), expected)).isLessThan(TOLERANCE);
        assertThat(InsideTest.mean(map.values()) + map.bias())
            .isCloseTo(expected[map.classIndex()], within(1e-4));
        assertThat(map.classIndex()).isEqualTo(asked < 0 ? largest(expected) : asked);
      }
    }
  }

  private static int largest(double[] values) {
    return IntStream.range(0, values.length)
        .reduce((a, b) -> values[b] > values[a] ? b : a)
        .orElseThrow();
  }

  private static Path expected(String folder, String file) {
    return REFERENCE.resolve("expected").resolve(folder).resolve(file);
  }

  /** From the file itself where it is decoded exactly, else from the reference's crop. */
  private static Pixels crop(String image, Preprocessing preprocessing, ImagePipeline images)
      throws Exception {
    boolean exact = image.endsWith(".png") || images.jpegDecoder().startsWith("libjpeg-turbo");
    if (exact) {
      Path file = REFERENCE.resolve("images/good").resolve(image);
      return images.prepare(Files.readAllBytes(file), preprocessing).crop();
    }
    String name =
        preprocessing.crop() == 32
            ? "cifar/%s.npy".formatted(image)
            : "crops/%s.resize%d.npy".formatted(image, preprocessing.resize());
    Npy.Bytes bytes = Npy.bytes(REFERENCE.resolve("expected").resolve(name));
    return new Pixels(bytes.shape()[0], bytes.shape()[1], bytes.values());
  }

  /** The largest difference, as a share of the largest expected magnitude. */
  static double difference(float[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double worst =
        IntStream.range(0, actual.length)
            .mapToDouble(i -> Math.abs(actual[i] - expected[i]))
            .max()
            .orElseThrow();
    return worst / Arrays.stream(expected).map(Math::abs).max().orElseThrow();
  }
}
