package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.Npy;
import io.github.resnetserving.model.Pixels;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every form of picture against what Pillow makes of it. */
class DecodingTest {

  private final ImagePipeline fastest = new ImagePipeline(DecodeLimits.DEFAULT);
  private final ImagePipeline portable =
      new ImagePipeline(DecodeLimits.DEFAULT, Decoders.portable());

  static List<String> pictures() throws IOException {
    return Fixtures.pictures();
  }

  @ParameterizedTest
  @MethodSource("pictures")
  void picturesDecodeAsPillowDecodesThem(String name) throws Exception {
    assumeTrue(
        !name.endsWith(".jpg") || TurboJpeg.find().isPresent(), "no libjpeg-turbo on this machine");
    assumeTrue(!name.endsWith(".webp") || LibWebp.find().isPresent(), "no libwebp on this machine");
    Npy.Bytes expected = Fixtures.array(name + ".npy");
    Pixels actual = fastest.decode(Fixtures.read(name));
    assertThat(new int[] {actual.height(), actual.width(), 3}).isEqualTo(expected.shape());
    assertThat(actual.rgb()).isEqualTo(expected.values());
  }

  @ParameterizedTest
  @MethodSource("pictures")
  void picturesDecodeWithoutNativeLibrariesToo(String name) throws Exception {
    Npy.Bytes expected = Fixtures.array(name + ".npy");
    Pixels actual = portable.decode(Fixtures.read(name));
    assertThat(new int[] {actual.height(), actual.width(), 3}).isEqualTo(expected.shape());
    long sum = 0;
    for (int i = 0; i < expected.values().length; i++) {
      sum += Math.abs((actual.rgb()[i] & 0xff) - (expected.values()[i] & 0xff));
    }
    double mean = (double) sum / expected.values().length;
    // TwelveMonkeys' lossy WebP, on a picture this small mostly edges.
    double bound = name.startsWith("lossy") ? 8 : name.endsWith(".jpg") ? 0.5 : 0;
    assertThat(mean).isLessThanOrEqualTo(bound);
  }

  @Test
  void theJpegDecoderInUseIsNamed() {
    assertThat(portable.jpegDecoder()).isEqualTo("imageio");
    assertThat(fastest.jpegDecoder())
        .isEqualTo(TurboJpeg.find().isPresent() ? "libjpeg-turbo" : "imageio");
  }
}
