package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.Npy;
import io.github.resnetserving.image.PreparedImage.ImageInfo;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every form of image against what Pillow makes of it. */
class DecodingTest {

  private final ImagePipeline fastest = new ImagePipeline(DecodePolicy.DEFAULT);
  private final ImagePipeline portable =
      new ImagePipeline(DecodePolicy.DEFAULT, Decoders.portable());

  static List<String> images() throws IOException {
    return Fixtures.images();
  }

  @ParameterizedTest
  @MethodSource("images")
  void imagesDecodeAsPillowDecodesThem(String name) throws Exception {
    assumeTrue(
        !name.endsWith(".jpg") || TurboJpeg.find().isPresent(), "no libjpeg-turbo on this machine");
    assumeTrue(!name.endsWith(".webp") || LibWebp.find().isPresent(), "no libwebp on this machine");
    Npy.Bytes expected = Fixtures.array(name + ".npy");
    Pixels actual = fastest.decode(Fixtures.read(name));
    assertThat(new int[] {actual.height(), actual.width(), 3}).isEqualTo(expected.shape());
    assertThat(actual.rgb()).isEqualTo(expected.values());
  }

  @ParameterizedTest
  @MethodSource("images")
  void imagesDecodeWithoutNativeLibrariesToo(String name) throws Exception {
    Npy.Bytes expected = Fixtures.array(name + ".npy");
    Pixels actual = portable.decode(Fixtures.read(name));
    assertThat(new int[] {actual.height(), actual.width(), 3}).isEqualTo(expected.shape());
    long sum = 0;
    for (int i = 0; i < expected.values().length; i++) {
      sum += Math.abs((actual.rgb()[i] & 0xff) - (expected.values()[i] & 0xff));
    }
    double mean = (double) sum / expected.values().length;
    // TwelveMonkeys' lossy WebP, on an image this small mostly edges.
    double bound = name.startsWith("lossy") ? 8 : name.endsWith(".jpg") ? 0.5 : 0;
    assertThat(mean).isLessThanOrEqualTo(bound);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alpha.png",
        "gray-alpha.png",
        "gray-keyed.png",
        "palette4.png",
        "rgb-keyed.png",
        "transparent.gif",
        "alpha.tif",
        "alpha.webp"
      })
  void transparentImagesAreCompositedOnTheBackground(String name) throws Exception {
    DecodePolicy blue = new DecodePolicy(1_000, Background.parse("#3366cc"));
    byte[] expected = Fixtures.array(name + ".on-3366cc.npy").values();
    assertThat(new ImagePipeline(blue).decode(Fixtures.read(name)).rgb()).isEqualTo(expected);
    ImagePipeline plain = new ImagePipeline(blue, Decoders.portable());
    assertThat(plain.decode(Fixtures.read(name)).rgb()).isEqualTo(expected);
  }

  @Test
  void aBackgroundIsWrittenAsInCss() {
    assertThat(Background.parse("#0a80FF")).isEqualTo(new Background(10, 128, 255));
    assertThatThrownBy(() -> Background.parse("white"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("\"white\" is no colour: write it as #rrggbb, such as #ffffff for white");
    assertThatThrownBy(() -> new Background(0, 256, 0))
        .hasMessage("(0, 256, 0) is no colour: each part must be between 0 and 255");
  }

  @Test
  void theJpegDecoderInUseIsNamed() {
    assertThat(portable.jpegDecoder()).isEqualTo("imageio");
    assertThat(fastest.jpegDecoder())
        .isEqualTo(TurboJpeg.find().isPresent() ? "libjpeg-turbo" : "imageio");
  }

  @Test
  void aLargeJpegIsScaledWhileItIsDecodedWhereThatIsAskedFor() throws Exception {
    assumeTrue(TurboJpeg.find().isPresent(), "no libjpeg-turbo on this machine");
    byte[] encoded = waves(1000, 800);
    PreparedImage exact = fastest.prepare(encoded, Preprocessing.TORCHVISION_V1);
    ImagePipeline fast =
        new ImagePipeline(new DecodePolicy(1_000_000, Background.WHITE, DecodePolicy.Detail.FAST));
    PreparedImage scaled = fast.prepare(encoded, Preprocessing.TORCHVISION_V1);

    assertThat(scaled.info()).isEqualTo(exact.info()).isEqualTo(new ImageInfo("jpeg", 1000, 800));
    assertThat(scaled.crop().rgb()).isNotEqualTo(exact.crop().rgb());
    int sum = 0;
    for (int i = 0; i < exact.crop().rgb().length; i++) {
      sum += Math.abs((scaled.crop().rgb()[i] & 255) - (exact.crop().rgb()[i] & 255));
    }
    assertThat((double) sum / exact.crop().rgb().length).isLessThan(1);
    // A whole image is asked for: nothing is scaled.
    assertThat(fast.decode(encoded).rgb()).isEqualTo(fastest.decode(encoded).rgb());
  }

  @Test
  void aJpegThatIsNotTwiceAsLargeAsNeededIsDecodedWhole() throws Exception {
    byte[] encoded = waves(500, 375);
    ImagePipeline fast =
        new ImagePipeline(new DecodePolicy(1_000_000, Background.WHITE, DecodePolicy.Detail.FAST));

    assertThat(fast.prepare(encoded, Preprocessing.TORCHVISION_V1).crop().rgb())
        .isEqualTo(fastest.prepare(encoded, Preprocessing.TORCHVISION_V1).crop().rgb());
  }

  private static byte[] waves(int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int red = (int) (128 + 100 * Math.sin(x / 40.0));
        int green = (int) (128 + 100 * Math.cos(y / 30.0));
        image.setRGB(x, y, red << 16 | green << 8 | (x + y) * 255 / (width + height));
      }
    }
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    ImageIO.write(image, "jpg", jpeg);
    return jpeg.toByteArray();
  }
}
