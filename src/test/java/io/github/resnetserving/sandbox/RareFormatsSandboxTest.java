package io.github.resnetserving.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.image.Background;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.image.PreparedImage;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.sandbox.ImageSandbox.SandboxMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * AVIF, HEIC and JPEG XL in a confined helper, whose libraries are loaded after it is confined.
 * Where a library is missing, the refusal is the same with and without helper.
 */
@Timeout(180)
class RareFormatsSandboxTest {

  private static final Path IMAGES = Path.of("src/test/resources/images/rare");
  private static final DecodePolicy POLICY = new DecodePolicy(100_000, Background.WHITE);
  private static final ImagePipeline HERE = new ImagePipeline(POLICY);
  private static final ImageSandbox SANDBOX =
      new ImageSandbox(SandboxMode.RARE, HERE, POLICY, 1 << 20, 1, SandboxListener.NONE);

  @AfterAll
  static void close() {
    SANDBOX.close();
  }

  static List<Path> images() throws IOException {
    try (Stream<Path> files = Files.list(IMAGES)) {
      return files
          .filter(file -> file.toString().matches(".*\\.(avif|heic|jxl)"))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("images")
  void aHelperGivesTheSameBits(Path image) throws Exception {
    byte[] encoded = Files.readAllBytes(image);
    PreparedImage expected;
    try {
      expected = HERE.prepare(encoded, Preprocessing.CIFAR);
    } catch (ImageException.Unsupported e) { // no library
      assertThatThrownBy(() -> prepared(encoded)).hasSameClassAs(e).hasMessage(e.getMessage());
      return;
    }
    PreparedImage actual = prepared(encoded);

    assertThat(actual.info()).isEqualTo(expected.info());
    assertThat(actual.crop().rgb()).isEqualTo(expected.crop().rgb());
    assertThat(SANDBOX.processes()).isEqualTo(1);
  }

  /** What the libraries do with damage, the service lives on, and the next image is answered. */
  @ParameterizedTest
  @MethodSource("images")
  void damageGivesACropOrAReason(Path image) throws Exception {
    byte[] encoded = Files.readAllBytes(image);
    Random random = new Random(image.getFileName().toString().hashCode());
    for (int round = 0; round < 40; round++) {
      byte[] damaged = encoded.clone();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        damaged[12 + random.nextInt(damaged.length - 12)] = (byte) random.nextInt(256);
      }
      try {
        assertThat(prepared(damaged).crop().rgb()).hasSize(32 * 32 * 3);
      } catch (ImageException e) {
        assertThat(e).hasMessageContaining(".").hasMessageNotContaining("corrupt");
      }
    }
  }

  private static PreparedImage prepared(byte[] encoded) throws ImageException {
    return SANDBOX.prepare(encoded, Preprocessing.CIFAR, CropMode.CENTER, PreparationListener.NONE);
  }
}
