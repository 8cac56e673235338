package io.github.resnetserving.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.resnetserving.image.Background;
import io.github.resnetserving.image.DecodePolicy;
import io.github.resnetserving.image.ImageException;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.image.PreparationListener;
import io.github.resnetserving.image.PreparedImage;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.sandbox.ImageSandbox.SandboxMode;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An image is prepared by a helper as it is without. */
@Timeout(120)
class ImageSandboxTest {

  private static final Path IMAGES = Path.of("src/test/resources/images");
  private static final DecodePolicy POLICY =
      new DecodePolicy(100_000, new Background(51, 102, 204));
  private static final ImagePipeline HERE = new ImagePipeline(POLICY);
  private static final ImageSandbox SANDBOX = sandbox(SandboxMode.ALL);

  @AfterAll
  static void close() {
    SANDBOX.close();
  }

  private static ImageSandbox sandbox(SandboxMode mode) {
    return new ImageSandbox(
        mode, HERE, POLICY, /* maxBytes= */ 1 << 20, /* commonHelpers= */ 1, SandboxListener.NONE);
  }

  static List<Path> images() throws IOException {
    try (Stream<Path> files = Files.list(IMAGES)) {
      return files
          .filter(file -> file.toString().matches(".*\\.(bmp|gif|jpg|png|tif|webp)"))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("images")
  void everyFormatGivesTheSameBitsInAHelper(Path image) throws Exception {
    byte[] encoded = Files.readAllBytes(image);
    for (CropMode view : CropMode.values()) {
      PreparedImage expected =
          HERE.prepare(encoded, Preprocessing.TORCHVISION_V2, view, PreparationListener.NONE);
      PreparedImage actual =
          SANDBOX.prepare(encoded, Preprocessing.TORCHVISION_V2, view, PreparationListener.NONE);

      assertThat(actual.info()).isEqualTo(expected.info());
      assertThat(Objects.requireNonNull(actual.surroundings()).crop())
          .isEqualTo(Objects.requireNonNull(expected.surroundings()).crop());
      List<Pixels> expectedPixels = pixels(expected);
      List<Pixels> actualPixels = pixels(actual);
      assertThat(actualPixels).hasSameSizeAs(expectedPixels);
      for (int i = 0; i < actualPixels.size(); i++) {
        assertThat(actualPixels.get(i).height()).isEqualTo(expectedPixels.get(i).height());
        assertThat(actualPixels.get(i).rgb()).isEqualTo(expectedPixels.get(i).rgb());
      }
    }
  }

  private static List<Pixels> pixels(PreparedImage image) {
    List<Pixels> all = new ArrayList<>(image.crops());
    Pixels preview = Objects.requireNonNull(image.surroundings()).preview();
    if (preview != null) {
      all.add(preview);
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("images")
  void whatIsWrongIsToldInTheSameWords(Path image) throws Exception {
    byte[] encoded = Files.readAllBytes(image);
    List<byte[]> bad = new ArrayList<>();
    bad.add(Arrays.copyOf(encoded, encoded.length / 2));
    bad.add(Arrays.copyOf(encoded, 40));
    for (int at = 10; at < encoded.length; at += Math.max(1, encoded.length / 8)) {
      byte[] changed = encoded.clone();
      changed[at] ^= (byte) 0xff;
      bad.add(changed);
    }
    for (byte[] bytes : bad) {
      Throwable expected = catchThrowable(() -> prepare(HERE, bytes));
      Throwable actual = catchThrowable(() -> prepare(SANDBOX, bytes));
      if (expected instanceof ImageException) {
        assertThat(actual).hasSameClassAs(expected).hasMessage(expected.getMessage());
      } else {
        assertThat(actual).isNull();
      }
    }
  }

  private static PreparedImage prepare(
      io.github.resnetserving.image.ImagePreparer preparer, byte[] encoded) throws ImageException {
    return preparer.prepare(
        encoded, Preprocessing.CIFAR, CropMode.CENTER, PreparationListener.NONE);
  }

  @Test
  void onlyRareFormatsNeedAProcess() throws Exception {
    try (ImageSandbox rare = sandbox(SandboxMode.RARE)) {
      for (Path image : images()) {
        byte[] encoded = Files.readAllBytes(image);
        int before = rare.processes();
        prepare(rare, encoded);

        assertThat(rare.processes()).isEqualTo(rare.isRare(encoded) ? 1 : before);
        if (image.toString().endsWith(".bmp") || image.toString().endsWith(".tif")) {
          assertThat(rare.isRare(encoded)).as("%s", image).isTrue();
        }
        if (image.toString().endsWith(".png") || image.toString().endsWith(".gif")) {
          assertThat(rare.isRare(encoded)).as("%s", image).isFalse();
        }
      }
      assertThat(rare.confinement()).isNotEmpty();
    }
  }

  @Test
  void nothingNeedsOneWhereThatIsSwitchedOff() throws Exception {
    try (ImageSandbox off = sandbox(SandboxMode.OFF)) {
      for (Path image : images()) {
        prepare(off, Files.readAllBytes(image));
      }
      assertThat(off.processes()).isZero();
      assertThat(off.confinement()).isEmpty();
    }
  }

  @Test
  void afterItIsClosedNoProcessIsStarted() throws Exception {
    ImageSandbox closed = sandbox(SandboxMode.RARE);
    byte[] encoded = Files.readAllBytes(IMAGES.resolve("rgb.bmp"));
    prepare(closed, encoded);
    closed.close();

    assertThat(closed.processes()).isZero();
    assertThat(catchThrowable(() -> prepare(closed, encoded)))
        .isInstanceOf(
            io.github.resnetserving.image.ImagePreparer.DecoderUnavailableException.class);
    assertThat(closed.processes()).isZero();
  }

  @Test
  void aHelperHasAllLibrariesThatDecodersUse() {
    assertThat(HelperProgram.ofThisProcess().files())
        .extracting(file -> file.getFileName().toString())
        .containsAll(
            Stream.of(System.getProperty("java.class.path").split(java.io.File.pathSeparator))
                .filter(entry -> entry.contains("twelvemonkeys"))
                .map(entry -> Path.of(entry).getFileName().toString())
                .toList());
  }

  @Test
  void theJarAroundClassesIsFound() throws Exception {
    for (String jar : List.of("/opt/app.jar", "/work/a b/resnet-serving.jar", "/x!y.jar")) {
      String path = Path.of(jar).toUri().getRawPath();
      assertThat(HelperProgram.outerJar("jar:nested:" + path + "/!BOOT-INF/classes/!/"))
          .isEqualTo(Path.of(jar));
    }
  }
}
