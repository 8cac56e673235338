package io.github.resnetserving.image;

import static io.github.resnetserving.image.Metadata.ascii;
import static io.github.resnetserving.image.Metadata.joined;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What people have, beyond the cases that are known: each input has one right outcome, which is
 * Pillow's pixels or a refusal that says what the input is. The files are made by make.py in
 * src/test/resources/images/inputs.
 */
class FiftyInputsTest {

  private final ImagePipeline fastest = new ImagePipeline(DecodePolicy.DEFAULT);
  private final ImagePipeline portable =
      new ImagePipeline(DecodePolicy.DEFAULT, Decoders.portable());

  /** Files that are shown, each with the largest difference of a sample from Pillow's. */
  private static Map<String, Integer> shown() {
    Map<String, Integer> shown = new LinkedHashMap<>();
    Stream.of(
            // JPEG: odd subsampling, inks as Adobe stores them and not, components named RGB,
            // restart markers, a profile (ignored, as in Pillow), several images in one file
            "s411.jpg",
            "s440.jpg",
            "s422.jpg",
            "adobe-cmyk.jpg",
            "adobe-ycck.jpg",
            "cmyk-without-adobe.jpg",
            "named-rgb.jpg",
            "restarts.jpg",
            "profile.jpg",
            "frames.mpo",
            // PNG: every depth, palettes with transparency, gAMA (ignored), the first frame
            "gray1.png",
            "gray2.png",
            "gray4.png",
            "gray16.png",
            "rgba16.png",
            "palette-trns.png",
            "gamma.png",
            "animated.png",
            // GIF: the older version, a frame that covers a part, its own palette, a small screen
            "gif87a.gif",
            "offset.gif",
            "offset-transparent.gif",
            "local.gif",
            "small-screen.gif",
            // WebP: transparency in both forms, the first frame
            "lossless-alpha.webp",
            "lossy-alpha.webp",
            "animated.webp",
            // BMP: rows from the top, bit fields, alpha in the newest header, OS/2, runs
            "top-down.bmp",
            "fields32.bmp",
            "v5-alpha.bmp",
            "os2.bmp",
            "os2v2.bmp",
            "os2-palette.bmp",
            "rle8.bmp",
            "rle4.bmp",
            "rle8-without-end.bmp",
            // TIFF: alpha and what is none, predictors, tiles, fax, CMYK, several pages
            "premultiplied8.tif",
            "premultiplied16.tif",
            "premultiplied-planar.tif",
            "unspecified8.tif",
            "unspecified16.tif",
            "lzw-predictor.tif",
            "deflate-tiled.tif",
            "packbits.tif",
            "big-endian.tif",
            "jpeg-in-tiff.tif",
            "ccitt.tif",
            "fax.tif",
            "white-is-zero.tif",
            "cmyk.tif",
            "pages.tif",
            "signed8.tif",
            "lab.tif")
        .forEach(name -> shown.put(name, 0));
    // Five bits to eight: rounded here, and cut off in Pillow. YCbCr: rounded in another way.
    Stream.of("rgb565.bmp", "rgb555.bmp", "ycbcr.tif").forEach(name -> shown.put(name, 1));
    return shown;
  }

  static List<Arguments> files() {
    List<Arguments> files = new ArrayList<>();
    shown().forEach((name, difference) -> files.add(Arguments.of(name, difference)));
    return files;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("files")
  void itIsShownAsPillowShowsIt(String name, int difference) throws Exception {
    assumeTrue(!name.endsWith(".webp") || LibWebp.find().isPresent(), "no libwebp");
    assumeTrue(!name.endsWith(".jpg") || TurboJpeg.find().isPresent(), "no libjpeg-turbo");
    byte[] expected = Fixtures.read("inputs/" + name + ".png");
    byte[] file = Fixtures.read("inputs/" + name);
    assertThat(largestDifference(fastest.decode(file), fastest.decode(expected)))
        .isLessThanOrEqualTo(difference);
    assertThat(largestDifference(crop(fastest, file), crop(fastest, expected)))
        .isLessThanOrEqualTo(1);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("files")
  void itIsShownWithoutNativeLibrariesTooOrRefusedByName(String name, int difference)
      throws Exception {
    byte[] file = Fixtures.read("inputs/" + name);
    if (name.equals("animated.webp") || name.equals("lossless-alpha.webp")) {
      assertThatThrownBy(() -> portable.decode(file))
          .isExactlyInstanceOf(ImageException.Unsupported.class)
          .hasMessageStartingWith(
              "The WEBP image has a table of colours and transparency, which is read with libwebp"
                  + " alone");
      return;
    }
    Pixels expected = fastest.decode(Fixtures.read("inputs/" + name + ".png"));
    // libjpeg 6b repeats chroma rows that libjpeg-turbo interpolates; lossy WebP is TwelveMonkeys'.
    int mean = name.equals("s440.jpg") ? 8 : name.equals("lossy-alpha.webp") ? 5 : 1;
    assertThat(meanDifference(portable.decode(file), expected)).isLessThanOrEqualTo(mean);
    if (mean == 1) {
      assertThat(largestDifference(portable.decode(file), expected))
          .isLessThanOrEqualTo(difference + 1);
    }
  }

  /** Bytes that are refused, each with the exception and how its message begins. */
  static List<Arguments> refusals() throws IOException {
    byte[] jpeg = Fixtures.read("baseline.jpg");
    List<Arguments> inputs = new ArrayList<>();
    for (String[] file :
        new String[][] {
          {"iphone.png", "The PNG image is in a form for Apple's devices alone (CgBI), which"},
          {"signed16.tif", "The TIFF image has signed samples of 16 bits, which are not read."},
          {"float.tif", "The image has 32-bit or floating-point samples; 16 bits are the most."},
          {"float-predictor.tif", "The image has 32-bit or floating-point samples; 16 bits are"}
        }) {
      inputs.add(unsupported(file[0], Fixtures.read("inputs/" + file[0]), file[1]));
    }
    inputs.add(
        Arguments.of(
            "rle8-cut.bmp",
            Fixtures.read("inputs/rle8-cut.bmp"),
            ImageException.Unreadable.class,
            "The BMP image is truncated: its last rows are missing."));
    inputs.add(unsupported("nothing", new byte[0], "The image is empty."));
    Map<String, byte[]> foreign = new LinkedHashMap<>();
    foreign.put(
        "an HTML page: perhaps an error page in place of the image",
        ascii("<!DOCTYPE html><html>404"));
    foreign.put(
        "an HTML page: perhaps an error page in place of the image ", ascii("\n <HTML><body>"));
    foreign.put(
        "XML: perhaps an error message in place of the image",
        ascii("<?xml version=\"1.0\"?><Error><Code>AccessDenied"));
    foreign.put(
        "an SVG drawing",
        ascii("<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>"));
    foreign.put(
        "JSON: if images are in it, send it as application/json",
        ascii("{\"error\": \"not found\"}"));
    foreign.put(
        "a pointer of Git LFS: run git lfs pull",
        ascii("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"));
    foreign.put("a PDF document", ascii("%PDF-1.7\n"));
    foreign.put("a PostScript document", ascii("%!PS-Adobe-3.0 EPSF-3.0\n"));
    foreign.put("a Photoshop document (PSD)", ascii("8BPS\0\1"));
    foreign.put("an icon (ICO)", ascii("\0\0\1\0\1\0"));
    foreign.put("an icon (ICNS)", ascii("icns\0\0\0\0"));
    foreign.put("a raw file of a Canon camera (CR2)", ascii("II*\0\20\0\0\0CR\2\0"));
    foreign.put("a JPEG 2000 image", ascii("\0\0\0\fjP  \r\n"));
    foreign.put("a JPEG XR image", ascii("II\u00bc\1\b"));
    foreign.put("a QOI image", ascii("qoif\0\0"));
    foreign.put("a DDS texture", ascii("DDS |"));
    foreign.put("a GIMP document (XCF)", ascii("gimp xcf v011"));
    foreign.put("an MP4 film", ascii("\0\0\0\u0018ftypmp42"));
    foreign.put("a QuickTime film", ascii("\0\0\0\24ftypqt  "));
    foreign.put("a WebM or Matroska film", ascii("\u001aE\u00df\u00a3"));
    foreign.put("a ZIP archive", ascii("PK\3\4"));
    foreign.put("data compressed with gzip", ascii("\u001f\u008b\b"));
    foreign.put("an array of NumPy", ascii("\u0093NUMPY\1\0"));
    foreign.put(
        "base64: send it in JSON, or the bytes that it encodes", Base64.getEncoder().encode(jpeg));
    foreign.put(
        "a data URL: send it in JSON, or the bytes that it encodes",
        ascii("data:image/png;base64,AAAA"));
    foreign.put(
        "a JPEG that was taken for text and encoded as UTF-8",
        new String(jpeg, StandardCharsets.ISO_8859_1).getBytes(StandardCharsets.UTF_8));
    foreign.put(
        "binary data that were taken for text",
        new String(jpeg, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8));
    foreign.put(
        "a PNG that was taken for text",
        new String(Fixtures.read("rgb.png"), StandardCharsets.UTF_8)
            .getBytes(StandardCharsets.UTF_8));
    foreign.put("a PNG whose line ends were changed on the way", ascii("\u0089PNG\n\u001a\n"));
    foreign.forEach((name, bytes) ->
        inputs.add(
            unsupported(
                name,
                bytes,
                "The bytes are in no image format that is read here; they look like "
                    + name.strip()
                    + ".")));
    inputs.add(
        unsupported(
            "a text", ascii("hello"), "The bytes are in no image format that is read here. Send"));
    inputs.add(
        unsupported(
            "a byte",
            new byte[] {(byte) 0xff},
            "The bytes are in no image format that is read here. Send"));
    return inputs;
  }

  private static Arguments unsupported(String name, byte[] bytes, String message) {
    return Arguments.of(name, bytes, ImageException.Unsupported.class, message);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusals")
  void itIsRefusedAndNamed(
      String name, byte[] bytes, Class<? extends ImageException> reason, String message) {
    for (ImagePipeline pipeline : List.of(fastest, portable)) {
      assertThatThrownBy(() -> pipeline.decode(bytes))
          .as(name)
          .isExactlyInstanceOf(reason)
          .hasMessageStartingWith(message);
    }
  }

  @Test
  void thereAreFiftyAndMore() throws Exception {
    assertThat(shown().size()).isGreaterThanOrEqualTo(50);
    assertThat(refusals().size()).isGreaterThanOrEqualTo(30);
  }

  @Test
  void aFilesNameAndTypeSayNothing() throws Exception {
    // Only the bytes count, wherever they are sent; a trailer of another format is no image.
    byte[] png = Fixtures.read("rgb.png");
    byte[] both = joined(png, Fixtures.read("baseline.jpg"));
    assertThat(fastest.decode(both).rgb()).isEqualTo(fastest.decode(png).rgb());
  }

  private static Pixels crop(ImagePipeline pipeline, byte[] file) throws ImageException {
    return pipeline.prepare(file, Preprocessing.TORCHVISION_V1).crop();
  }

  private static int largestDifference(Pixels actual, Pixels expected) {
    assertThat(List.of(actual.width(), actual.height()))
        .containsExactly(expected.width(), expected.height());
    int largest = 0;
    for (int i = 0; i < expected.rgb().length; i++) {
      largest = Math.max(largest, Math.abs((actual.rgb()[i] & 0xff) - (expected.rgb()[i] & 0xff)));
    }
    return largest;
  }

  private static double meanDifference(Pixels actual, Pixels expected) {
    long sum = 0;
    for (int i = 0; i < expected.rgb().length; i++) {
      sum += Math.abs((actual.rgb()[i] & 0xff) - (expected.rgb()[i] & 0xff));
    }
    return (double) sum / expected.rgb().length;
  }
}
