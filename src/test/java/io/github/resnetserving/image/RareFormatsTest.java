package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.image.PreparedImage.ImageInfo;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** AVIF, HEIC and JPEG XL against what Pillow makes of them. */
class RareFormatsTest {

  private final ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);
  private final ImagePipeline portable =
      new ImagePipeline(DecodePolicy.DEFAULT, Decoders.portable());

  static List<String> images() {
    return RareFixtures.images(".avif", ".heic", ".jxl");
  }

  @ParameterizedTest
  @MethodSource("images")
  void imagesDecodeAsPillowDecodesThem(String name) throws Exception {
    RareFixtures.assumeLibraryFor(name);
    Pixels expected = pipeline.decode(RareFixtures.read(name + ".rgb.png"));
    Pixels actual = pipeline.decode(RareFixtures.read(name));

    assertThat(List.of(actual.height(), actual.width()))
        .isEqualTo(List.of(expected.height(), expected.width()));
    assertThat(largestDifference(actual, expected)).isLessThanOrEqualTo(tolerance(name));
  }

  /**
   * Steps of 255. AVIF has Pillow's bits, but that libavif 0 rounds an alpha of ten bits where
   * libavif 1 keeps the high byte. Pillow's plugins for the others bring newer versions of libheif
   * and libjxl than Debian 12's, which compute with other precision; where colours are divided by
   * alpha that shows more.
   */
  private static int tolerance(String name) {
    return switch (name) {
      case "alpha10.avif" -> 1;
      case String avif when avif.endsWith(".avif") -> 0;
      case "alpha-premultiplied.heic" -> 2;
      case "bits10.heic", "bits12.heic", "transcoded.jxl" -> 3;
      case String heic when heic.endsWith(".heic") -> 1;
      case String other when other.matches("(lossy|oriented.|alpha-lossy|bits16)\\.jxl") -> 1;
      default -> 0;
    };
  }

  private static int largestDifference(Pixels one, Pixels other) {
    int largest = 0;
    for (int i = 0; i < one.rgb().length; i++) {
      largest = Math.max(largest, Math.abs((one.rgb()[i] & 255) - (other.rgb()[i] & 255)));
    }
    return largest;
  }

  @ParameterizedTest
  @MethodSource("images")
  void sizesAreToldUpright(String name) throws Exception {
    RareFixtures.assumeLibraryFor(name);
    Pixels expected = pipeline.decode(RareFixtures.read(name + ".rgb.png"));
    ImageInfo info = pipeline.prepare(RareFixtures.read(name), Preprocessing.CIFAR).info();

    assertThat(info)
        .isEqualTo(
            new ImageInfo(
                name.substring(name.lastIndexOf('.') + 1), expected.width(), expected.height()));
  }

  /** Pillow tells the difference by the same boxes. */
  @ParameterizedTest
  @MethodSource("images")
  void imagesWithoutTheirEndAreRefused(String name) {
    RareFixtures.assumeLibraryFor(name);
    byte[] encoded = RareFixtures.read(name);
    for (int length : new int[] {encoded.length / 2, encoded.length - 20, 40}) {
      if (name.equals("animated.jxl") && length > 40) {
        continue; // the first frame is whole
      }
      if (name.equals("animated.avif") && length == encoded.length - 20) {
        continue;
      }
      assertThatThrownBy(() -> pipeline.decode(Arrays.copyOf(encoded, length)))
          .as("%s of %d bytes", name, length)
          .isInstanceOf(ImageException.Unreadable.class)
          .hasMessageNotContaining("corrupt");
    }
  }

  @Test
  void whatIsBehindTheFirstFrameIsNotNeeded() throws Exception {
    RareFixtures.assumeLibraryFor("animated.jxl");
    byte[] encoded = RareFixtures.read("animated.jxl");

    assertThat(pipeline.decode(Arrays.copyOf(encoded, encoded.length - 20)).rgb())
        .isEqualTo(pipeline.decode(encoded).rgb());
  }

  @ParameterizedTest
  @CsvSource({
    "full420.avif,ispe,65535,65535",
    "full420.avif,ispe,1000001,1",
    "full420.avif,ispe,1,1000001",
    "grid.avif,ispe,-1,-1", // unsigned
    "animated.avif,ispe,65535,65535",
    "animated.avif,tkhd,65535,65535",
    "chroma420.heic,ispe,65535,65535",
    "irot1.heic,ispe,65535,65535",
    "grid.heic,ispe,60000,60000",
    "grid.heic,ispe,-1,2"
  })
  void aClaimOfTooManyPixelsIsRefusedBeforeALibrarySeesIt(
      String name, String box, int width, int height) {
    byte[] encoded = claiming(RareFixtures.read(name), box, width, height);
    for (ImagePipeline each : List.of(pipeline, portable)) {
      assertThatThrownBy(() -> each.decode(encoded))
          .isInstanceOf(ImageException.TooManyPixels.class)
          .hasMessageContaining("claims");
    }
  }

  @ParameterizedTest
  @CsvSource({"60000,60000", "1073741824,1", "1,1073741824", "7072,7071", "1000001,1"})
  void aJpegXlThatClaimsTooManyPixelsIsRefused(int width, int height) {
    RareFixtures.assumeLibraryFor("lossy.jxl");
    // ISO/IEC 18181-1, size header: no multiple of 8, a number of 30 bits, no ratio, another one.
    BigInteger header =
        BigInteger.ONE // then all metadata are the default ones
            .shiftLeft(30)
            .or(BigInteger.valueOf(width - 1))
            .shiftLeft(2 + 3)
            .or(BigInteger.valueOf(3 << 3))
            .shiftLeft(30)
            .or(BigInteger.valueOf(height - 1))
            .shiftLeft(2 + 1)
            .or(BigInteger.valueOf(3 << 1));
    ByteBuffer codestream = ByteBuffer.allocate(64).put((byte) 0xff).put((byte) 0x0a);
    byte[] bigEndian = header.toByteArray();
    for (int i = bigEndian.length - 1; i >= 0; i--) {
      codestream.put(bigEndian[i]);
    }

    assertThatThrownBy(() -> pipeline.decode(codestream.array()))
        .isInstanceOf(ImageException.TooManyPixels.class);
  }

  @Test
  void theLimitItselfIsStillAllowed() throws Exception {
    for (String name : List.of("full420.avif", "irot1.heic", "lossless.jxl")) {
      RareFixtures.assumeLibraryFor(name);
      byte[] encoded = RareFixtures.read(name);
      int pixels = name.endsWith(".heic") ? 64 * 64 : 20 * 14; // a tile is larger than the image
      assertThat(at(pixels).decode(encoded).rgb()).hasSize(20 * 14 * 3);
      assertThatThrownBy(() -> at(pixels - 1).decode(encoded))
          .isInstanceOf(ImageException.TooManyPixels.class);
    }
  }

  private static ImagePipeline at(int maxPixels) {
    return new ImagePipeline(new DecodePolicy(maxPixels, Background.WHITE));
  }

  private static byte[] claiming(byte[] encoded, String box, int width, int height) {
    ByteBuffer changed = ByteBuffer.wrap(encoded.clone());
    for (int at = indexOf(encoded, box, 0); at >= 0; at = indexOf(encoded, box, at + 1)) {
      if (box.equals("ispe")) {
        changed.putInt(at + 8, width).putInt(at + 12, height);
      } else {
        int end = at - 4 + changed.getInt(at - 4);
        changed.putInt(end - 8, width << 16).putInt(end - 4, height << 16);
      }
    }
    return changed.array();
  }

  private static int indexOf(byte[] bytes, String text, int from) {
    return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text, from);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "avif avif,mif1 | AVIF",
        "avis avis,msf1,iso8 | AVIF",
        "mif1 avif,miaf | AVIF",
        "msf1 avis | AVIF",
        "pymd mif1,avif | AVIF",
        "heic mif1,heic | HEIC",
        "heix mif1,heix | HEIC",
        "hevc hevc,msf1 | HEIC",
        "heim heim | HEIC",
        "heis heis | HEIC",
        "mif1 mif1,heic | HEIC",
        "mif1 mif1 | HEIC",
        "msf1 msf1,hevc | HEIC",
        "mif2 mif2 | HEIC",
        "isom mif1,heic | HEIC"
      })
  void brandsTellTheFormat(String brands, ImageFormat format) {
    assertThat(ImageFormat.find(ftyp(brands))).contains(format);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "isom isom,mp42 | an MP4 film",
        "qt   qt   | a QuickTime film",
        "crx  crx ,isom | a raw file of a Canon camera (CR3)"
      })
  void whatIsNoImageIsNamed(String brands, String title) {
    assertThatThrownBy(() -> pipeline.decode(ftyp(brands)))
        .isInstanceOf(ImageException.Unsupported.class)
        .hasMessage(
            "The bytes are in no image format that is read here; they look like %s. Send one of %s."
                .formatted(title, "JPEG, PNG, GIF, BMP, WEBP, TIFF"));
  }

  /** A box of brands: the major one, then all that are compatible. */
  private static byte[] ftyp(String brands) {
    String[] each = brands.split("[ ,]+", -1);
    ByteBuffer box = ByteBuffer.allocate(16 + 4 * (each.length - 1) + 24);
    box.putInt(16 + 4 * (each.length - 1)).put("ftyp".getBytes(StandardCharsets.US_ASCII));
    for (int i = 0; i < each.length; i++) {
      box.put("%-4s".formatted(each[i]).getBytes(StandardCharsets.US_ASCII));
      if (i == 0) {
        box.putInt(0);
      }
    }
    return box.array();
  }

  @ParameterizedTest
  @CsvSource({
    "full420.avif, mif1", "full420.avif, miaf", "full420.avif, msf1",
    "irot1.heic, mif1", "irot1.heic, heix", "irot1.heic, msf1"
  })
  void anImageUnderAnotherMajorBrandIsTheSame(String name, String brand) throws Exception {
    RareFixtures.assumeLibraryFor(name);
    assertThat(pipeline.decode(branded(name, brand)).rgb())
        .isEqualTo(pipeline.decode(RareFixtures.read(name)).rgb());
  }

  private static byte[] branded(String name, String brand) {
    byte[] encoded = RareFixtures.read(name);
    System.arraycopy(brand.getBytes(StandardCharsets.US_ASCII), 0, encoded, 8, 4);
    return encoded;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "full420.avif | The image is in the AVIF format. libavif, which reads it, is not installed"
            + " on this server (Debian 12: libavif15).",
        "chroma420.heic | The image is in the HEIC format, in which iPhones save photographs."
            + " libheif, which reads it, is not installed on this server (Debian 12: libheif1).",
        "lossy.jxl | The image is in the JPEG XL format. libjxl, which reads it, is not installed"
            + " on this server (Debian 12: libjxl0.7).",
        "container.jxl | The image is in the JPEG XL format. libjxl, which reads it, is not"
            + " installed on this server (Debian 12: libjxl0.7)."
      })
  void withoutTheLibraryTheRefusalNamesFormatAndLibrary(String name, String message) {
    assertThatThrownBy(() -> portable.decode(RareFixtures.read(name)))
        .isInstanceOf(ImageException.Unsupported.class)
        .hasMessage(message + " Convert the image. Send one of JPEG, PNG, GIF, BMP, WEBP, TIFF.");
  }

  @Test
  void allOfThemAreRare() {
    for (String name : images()) {
      assertThat(pipeline.isRare(RareFixtures.read(name))).as(name).isTrue();
      assertThat(portable.isRare(RareFixtures.read(name))).as(name).isTrue();
    }
  }

  @Test
  void alphaIsCompositedOnTheBackground() throws Exception {
    ImagePipeline blue = new ImagePipeline(new DecodePolicy(100_000, Background.parse("#3366cc")));
    for (String name : RareFixtures.images("alpha.avif", "alpha.heic", "alpha.jxl")) {
      RareFixtures.assumeLibraryFor(name);
      Pixels pixels = blue.decode(RareFixtures.read(name));

      assertThat(Arrays.copyOf(pixels.rgb(), 3)).as(name).containsExactly(0x33, 0x66, 0xcc);
      assertThat(pixels.rgb()).isNotEqualTo(pipeline.decode(RareFixtures.read(name)).rgb());
    }
  }
}
