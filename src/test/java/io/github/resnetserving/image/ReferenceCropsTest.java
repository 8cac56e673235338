package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.Npy;
import io.github.resnetserving.image.PreparedImage.ImageInfo;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against crops that torchvision made of every form of photograph. */
class ReferenceCropsTest {

  private static final Path REFERENCE = Path.of("../shared/reference");

  private final ImagePipeline fastest = new ImagePipeline(DecodePolicy.DEFAULT);
  private final ImagePipeline portable =
      new ImagePipeline(DecodePolicy.DEFAULT, Decoders.portable());

  @BeforeAll
  static void needsReference() {
    assumeTrue(Files.isDirectory(REFERENCE), "no ../shared/reference: nothing to compare with");
  }

  static List<String> images() throws Exception {
    if (!Files.isDirectory(REFERENCE)) {
      return List.of("absent");
    }
    try (Stream<Path> files = Files.list(REFERENCE.resolve("images/good"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("images")
  void cropsAreThoseOfTorchvisionBitForBit(String name) throws Exception {
    if (name.endsWith(".jpg")) {
      assumeTrue(TurboJpeg.find().isPresent(), "no libjpeg-turbo on this machine");
    }
    if (name.endsWith(".webp")) {
      assumeTrue(LibWebp.find().isPresent(), "no libwebp on this machine");
    }
    assertThat(meanDifference(fastest, name)).isZero();
  }

  @ParameterizedTest
  @MethodSource("images")
  void cropsAreThoseOfTorchvisionWithoutNativeLibrariesToo(String name) throws Exception {
    // TwelveMonkeys' lossy WebP is the one decoder that differs visibly.
    double bound = name.equals("lossy.webp") ? 2.1 : name.endsWith(".jpg") ? 0.5 : 0;
    assertThat(meanDifference(portable, name)).isLessThanOrEqualTo(bound);
  }

  @Test
  void decodedSizesAreThoseAfterOrientation() throws Exception {
    String sizes = Files.readString(REFERENCE.resolve("expected/decoded_size.json"));
    for (String name : images()) {
      Matcher size =
          Pattern.compile(Pattern.quote("\"" + name + "\"") + ": \\[\\s*(\\d+),\\s*(\\d+)")
              .matcher(sizes);
      assertThat(size.find()).as(name).isTrue();
      ImageInfo info = fastest.prepare(read(name), Preprocessing.CIFAR).info();
      assertThat(List.of(info.width(), info.height()))
          .as(name)
          .containsExactly(Integer.parseInt(size.group(1)), Integer.parseInt(size.group(2)));
    }
  }

  /** The largest of three preprocessings, in steps of 255. */
  private static double meanDifference(ImagePipeline pipeline, String name) throws Exception {
    byte[] encoded = read(name);
    double v1 =
        difference(
            pipeline.prepare(encoded, Preprocessing.TORCHVISION_V1).crop(),
            "crops/" + name + ".resize256.npy");
    double v2 =
        difference(
            pipeline.prepare(encoded, Preprocessing.TORCHVISION_V2).crop(),
            "crops/" + name + ".resize232.npy");
    double cifar =
        difference(pipeline.prepare(encoded, Preprocessing.CIFAR).crop(), "cifar/" + name + ".npy");
    return Math.max(Math.max(v1, v2), cifar);
  }

  private static double difference(Pixels actual, String expected) throws Exception {
    Npy.Bytes crop = Npy.bytes(REFERENCE.resolve("expected").resolve(expected));
    assertThat(crop.shape()).containsExactly(actual.height(), actual.width(), 3);
    long sum = 0;
    for (int i = 0; i < crop.values().length; i++) {
      sum += Math.abs((actual.rgb()[i] & 0xff) - (crop.values()[i] & 0xff));
    }
    return (double) sum / crop.values().length;
  }

  private static byte[] read(String name) throws Exception {
    return Files.readAllBytes(REFERENCE.resolve("images/good").resolve(name));
  }
}
