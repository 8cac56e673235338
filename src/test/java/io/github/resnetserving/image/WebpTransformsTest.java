package io.github.resnetserving.image;

import static io.github.resnetserving.image.HostileImages.riff;
import static io.github.resnetserving.image.HostileImages.webp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.image.HostileImages.Bits;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** WebP without libwebp: each picture is decoded once, and each transform is applied once. */
class WebpTransformsTest {

  private static final int SIDE = 64;
  private static final int PREDICTOR = 0;
  private static final int COLOR = 1;
  private static final int SUBTRACT_GREEN = 2;
  private static final int COLOR_INDEXING = 3;

  private final ImagePipeline portable =
      new ImagePipeline(DecodePolicy.DEFAULT, Decoders.portable());
  private final ImagePipeline fastest = new ImagePipeline(DecodePolicy.DEFAULT);

  /** Digits are transforms in their order. */
  @ParameterizedTest
  @ValueSource(strings = {"", "0", "1", "2", "3", "01", "210", "2013", "3210"})
  void eachTransformMayComeOnce(String transforms) throws Exception {
    byte[] file = webp(lossless(transforms));

    assertThat(portable.decode(file).rgb()).isEqualTo(fastest.decode(file).rgb());
  }

  @ParameterizedTest
  @ValueSource(strings = {"22", "00", "11", "33", "202", "0110", "012302", "2222222222"})
  void aTransformThatComesAgainIsRefused(String transforms) {
    byte[] file = webp(lossless(transforms));

    assertThatThrownBy(() -> portable.decode(file)).isInstanceOf(ImageException.Unreadable.class);
    assertThatThrownBy(() -> fastest.decode(file)).isInstanceOf(ImageException.Unreadable.class);
  }

  /** It cost 1.3 seconds. */
  @ParameterizedTest
  @ValueSource(ints = {1_000, 5_000, 10_000, 20_000, 30_000})
  void thousandsOfTransformsCostNothing(int count) {
    byte[] file = webp(lossless("2".repeat(count)));

    FuzzedImages.webpWithoutLibwebp(file)
        .check(file, SIDE * SIDE, ImageException.class, () -> portable.decode(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {"22", "00", "0110", "2222222222"})
  void neitherMayThoseOfTransparency(String transforms) throws Exception {
    byte[] file = Fixtures.read("lossy-alpha.webp");
    byte[] broken = withAlpha(file, transforms);

    assertThatThrownBy(() -> portable.decode(broken)).isInstanceOf(ImageException.Unreadable.class);
  }

  /** TwelveMonkeys made room for the size in a lossy picture, whatever the file's headers said. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 20, 22, 10_752, 16_383})
  void aPictureOfAnotherSizeThanTheFilesIsRefused(int rows) throws Exception {
    for (String name : List.of("lossy-alpha.webp", "lossy.webp")) {
      byte[] file = Fixtures.read(name);
      int image = Ascii.find("VP8 ".getBytes(StandardCharsets.US_ASCII), file, 12, file.length);
      byte[] extended = riff("VP8X", new byte[] {0, 0, 0, 0, 26, 0, 0, 20, 0, 0});
      byte[] picture = Arrays.copyOfRange(file, image, file.length);
      picture[8 + 8] = (byte) rows;
      picture[8 + 9] = (byte) (rows >> 8);
      byte[] other = webp(extended, picture);

      assertThatThrownBy(() -> portable.decode(other))
          .isInstanceOf(ImageException.Unreadable.class);
      FuzzedImages.webpWithoutLibwebp(other)
          .check(other, SIDE * SIDE, ImageException.class, () -> portable.decode(other));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 63, 65, 100, 16_384})
  void soIsALosslessOne(int side) {
    byte[] extended = riff("VP8X", new byte[] {0, 0, 0, 0, SIDE - 1, 0, 0, SIDE - 1, 0, 0});
    byte[] file = webp(extended, HostileImages.lossless(side, side));

    assertThatThrownBy(() -> portable.decode(file)).isInstanceOf(ImageException.Unreadable.class);
  }

  /** Only the first is shown. */
  @ParameterizedTest
  @ValueSource(ints = {1, 10, 100, 500, 1_000})
  void furtherPicturesAreNotDecoded(int count) throws Exception {
    byte[][] chunks = new byte[count + 2][];
    Arrays.fill(chunks, lossless("0"));
    chunks[0] = riff("VP8X", new byte[] {0, 0, 0, 0, SIDE - 1, 0, 0, SIDE - 1, 0, 0});
    byte[] file = webp(chunks);

    assertThat(portable.decode(file).rgb()).hasSize(SIDE * SIDE * 3);
    FuzzedImages.webpWithoutLibwebp(Arrays.copyOf(file, 1_000))
        .check(file, SIDE * SIDE, ImageException.class, () -> portable.decode(file));
  }

  @Test
  void aPictureMayEndAnywhere() {
    byte[] chunk = lossless("3210");
    for (int length = 9; length < chunk.length; length++) {
      byte[] file = webp(riff("VP8L", Arrays.copyOfRange(chunk, 8, length)));
      assertThatCode(
              () -> {
                try {
                  portable.decode(file);
                } catch (ImageException.Unreadable e) {
                  // as it should be
                }
              })
          .doesNotThrowAnyException();
    }
  }

  private static byte[] withAlpha(byte[] file, String transforms) {
    Bits bits = new Bits();
    bits.put(1, 8); // compressed
    transforms(bits, transforms);
    image(bits, /* inner= */ false);
    byte[] header = Arrays.copyOfRange(file, 12, 30);
    int image = 30;
    while (!Ascii.at(file, image, "VP8 ")) {
      int length = (file[image + 4] & 0xff) | (file[image + 5] & 0xff) << 8;
      image += 8 + length + (length & 1);
    }
    return webp(header, riff("ALPH", bits.end()), Arrays.copyOfRange(file, image, file.length));
  }

  /** An image of one colour. */
  private static byte[] lossless(String transforms) {
    Bits bits = new Bits();
    bits.put(0x2f, 8);
    bits.put(SIDE - 1, 14);
    bits.put(SIDE - 1, 14);
    bits.put(1, 4); // alpha, version 0
    transforms(bits, transforms);
    image(bits, /* inner= */ false);
    return riff("VP8L", HostileImages.joined(bits.end(), new byte[8]));
  }

  private static void transforms(Bits bits, String transforms) {
    for (int i = 0; i < transforms.length(); i++) {
      int transform = transforms.charAt(i) - '0';
      bits.put(1, 1);
      bits.put(transform, 2);
      switch (transform) {
        case PREDICTOR, COLOR -> {
          bits.put(1, 3); // blocks of 8 by 8 pixels
          image(bits, /* inner= */ true);
        }
        case COLOR_INDEXING -> {
          bits.put(255, 8);
          image(bits, /* inner= */ true);
        }
        case SUBTRACT_GREEN -> {}
        default -> throw new IllegalArgumentException(transforms);
      }
    }
    bits.put(0, 1);
  }

  /** Codes of one symbol each, so that a pixel needs no bit. */
  private static void image(Bits bits, boolean inner) {
    bits.put(0, inner ? 1 : 2); // no cache, and no further codes
    for (int i = 0; i < 5; i++) {
      bits.put(0b0001, 4);
    }
  }
}
