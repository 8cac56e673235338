package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.Npy;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.Preprocessing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against crops that torchvision made. */
class ReferenceCropsTest {

  private static final Path REFERENCE = Path.of("../shared/reference");

  private final ImagePipeline pipeline = new ImagePipeline(DecodeLimits.DEFAULT);

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
  void cropsAreThoseOfTorchvision(String name) throws Exception {
    compare(name, Preprocessing.TORCHVISION_V1, "crops/%s.resize256.npy");
    compare(name, Preprocessing.TORCHVISION_V2, "crops/%s.resize232.npy");
    compare(name, Preprocessing.CIFAR, "cifar/%s.npy");
  }

  private void compare(String name, Preprocessing preprocessing, String expectedName)
      throws Exception {
    byte[] encoded = Files.readAllBytes(REFERENCE.resolve("images/good").resolve(name));
    Pixels crop = pipeline.prepare(encoded, preprocessing).crop();
    byte[] expected =
        Npy.bytes(REFERENCE.resolve("expected").resolve(expectedName.formatted(name))).values();
    if (name.endsWith("lossy.webp")) {
      assertThat(meanDifference(crop.rgb(), expected)).isLessThanOrEqualTo(2.1);
    } else {
      assertThat(meanDifference(crop.rgb(), expected)).isZero();
    }
  }

  private static double meanDifference(byte[] actual, byte[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    long sum = 0;
    for (int i = 0; i < actual.length; i++) {
      sum += Math.abs((actual[i] & 0xff) - (expected[i] & 0xff));
    }
    return (double) sum / actual.length;
  }
}
