package io.github.resnetserving.image;

import static io.github.resnetserving.image.Metadata.ascii;
import static io.github.resnetserving.image.Metadata.chunk;
import static io.github.resnetserving.image.Metadata.deflated;
import static io.github.resnetserving.image.Metadata.exif;
import static io.github.resnetserving.image.Metadata.joined;
import static io.github.resnetserving.image.Metadata.jpeg;
import static io.github.resnetserving.image.Metadata.jpegXmp;
import static io.github.resnetserving.image.Metadata.png;
import static io.github.resnetserving.image.Metadata.prefixed;
import static io.github.resnetserving.image.Metadata.raw;
import static io.github.resnetserving.image.Metadata.riff;
import static io.github.resnetserving.image.Metadata.webp;
import static io.github.resnetserving.image.Metadata.xmp;
import static io.github.resnetserving.image.Metadata.xmpElement;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.image.HostileHeaders.Tiff;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every place in which an orientation may stand, as Pillow 13's exif_transpose looks for it. */
class OrientationTest {

  /** Where Pillow finds it, each with what makes the file of an orientation from 1 to 8. */
  static List<Arguments> places() throws Exception {
    byte[] jpeg = Fixtures.read("baseline.jpg");
    byte[] png = Fixtures.read("rgb.png");
    byte[] webp = Fixtures.read("lossless.webp");
    Map<String, IntFunction<byte[]>> places = new LinkedHashMap<>();
    places.put("jpeg exif", o -> jpeg(jpeg, prefixed(exif(o))));
    places.put("jpeg exif twice prefixed", o -> jpeg(jpeg, prefixed(prefixed(exif(o)))));
    places.put(
        "jpeg second exif behind an empty one",
        o -> jpeg(jpeg, prefixed(new byte[0]), prefixed(exif(o))));
    places.put(
        "jpeg exif in two segments",
        o ->
            jpeg(
                jpeg,
                prefixed(Arrays.copyOf(exif(o), 12)),
                prefixed(Arrays.copyOfRange(exif(o), 12, 26))));
    places.put(
        "jpeg first of two exif", o -> jpeg(jpeg, prefixed(exif(o)), prefixed(exif(o % 8 + 1))));
    places.put("jpeg xmp", o -> jpeg(jpeg, jpegXmp(xmp(o))));
    places.put("jpeg xmp element", o -> jpeg(jpeg, jpegXmp(xmpElement(o))));
    places.put("jpeg last of two xmp", o -> jpeg(jpeg, jpegXmp(xmp(o % 8 + 1)), jpegXmp(xmp(o))));
    places.put("jpeg first in one xmp", o -> jpeg(jpeg, jpegXmp(joined(xmp(o), xmp(o % 8 + 1)))));
    places.put(
        "jpeg xmp beside exif without the tag",
        o -> jpeg(jpeg, prefixed(other()), jpegXmp(xmp(o))));
    places.put("jpeg exif beside xmp", o -> jpeg(jpeg, jpegXmp(xmp(o % 8 + 1)), prefixed(exif(o))));
    for (boolean last : new boolean[] {false, true}) {
      String where = last ? " behind the data" : "";
      places.put("png eXIf" + where, o -> png(png, last, chunk("eXIf", exif(o))));
      places.put(
          "png eXIf prefixed" + where, o -> png(png, last, chunk("eXIf", prefixed(exif(o)))));
      places.put(
          "png last of two eXIf" + where,
          o -> png(png, last, chunk("eXIf", exif(o % 8 + 1)), chunk("eXIf", exif(o))));
      places.put(
          "png tEXt exif" + where, o -> png(png, last, chunk("tEXt", ascii("exif\0"), exif(o))));
      places.put(
          "png tEXt raw profile" + where,
          o -> png(png, last, profile("tEXt", raw(prefixed(exif(o))))));
      places.put(
          "png tEXt raw profile without prefix" + where,
          o -> png(png, last, profile("tEXt", raw(exif(o)))));
      places.put(
          "png zTXt raw profile" + where,
          o -> png(png, last, profile("zTXt", raw(prefixed(exif(o))))));
      places.put(
          "png iTXt raw profile" + where,
          o -> png(png, last, profile("iTXt", raw(prefixed(exif(o))))));
      places.put(
          "png compressed iTXt raw profile" + where,
          o -> png(png, last, profile("iTXt z", raw(prefixed(exif(o))))));
      places.put(
          "png tEXt xmp" + where, o -> png(png, last, text("tEXt", "XML:com.adobe.xmp", xmp(o))));
      places.put(
          "png zTXt xmp" + where, o -> png(png, last, text("zTXt", "XML:com.adobe.xmp", xmp(o))));
      places.put(
          "png iTXt xmp" + where, o -> png(png, last, text("iTXt", "XML:com.adobe.xmp", xmp(o))));
      places.put(
          "png compressed iTXt xmp" + where,
          o -> png(png, last, text("iTXt z", "XML:com.adobe.xmp", xmpElement(o))));
    }
    places.put(
        "png eXIf before a raw profile",
        o -> png(png, false, profile("tEXt", raw(exif(o % 8 + 1))), chunk("eXIf", exif(o))));
    places.put(
        "png raw profile before xmp",
        o ->
            png(
                png,
                false,
                text("iTXt", "XML:com.adobe.xmp", xmp(o % 8 + 1)),
                profile("zTXt", raw(exif(o)))));
    places.put("webp exif", o -> webp(webp, 27, 21, 8, riff("EXIF", exif(o))));
    places.put("webp exif prefixed", o -> webp(webp, 27, 21, 8, riff("EXIF", prefixed(exif(o)))));
    places.put(
        "webp first of two exif",
        o -> webp(webp, 27, 21, 8, riff("EXIF", exif(o)), riff("EXIF", exif(o % 8 + 1))));
    places.put("webp xmp", o -> webp(webp, 27, 21, 4, riff("XMP ", xmp(o))));
    places.put("webp xmp element", o -> webp(webp, 27, 21, 4, riff("XMP ", xmpElement(o))));
    places.put(
        "webp exif before xmp",
        o -> webp(webp, 27, 21, 12, riff("XMP ", xmp(o % 8 + 1)), riff("EXIF", exif(o))));
    return cases(places);
  }

  private static List<Arguments> cases(Map<String, IntFunction<byte[]>> places) {
    List<Arguments> cases = new ArrayList<>();
    places.forEach((name, file) -> cases.add(Arguments.of(name, file)));
    return cases;
  }

  private static byte[] other() {
    return exif(ByteOrder.BIG_ENDIAN, 0x113, 3, 1, new byte[] {0, 6});
  }

  private static byte[] profile(String kind, byte[] text) {
    return text(kind, "Raw profile type exif", text);
  }

  private static byte[] text(String kind, String key, byte[] text) {
    return switch (kind) {
      case "tEXt" -> chunk("tEXt", ascii(key + "\0"), text);
      case "zTXt" -> chunk("zTXt", ascii(key + "\0\0"), deflated(text));
      case "iTXt" -> chunk("iTXt", ascii(key + "\0\0\0en\0key\0"), text);
      default -> chunk("iTXt", ascii(key + "\0\1\0\0\0"), deflated(text));
    };
  }

  private final ImagePipeline fastest = new ImagePipeline(DecodePolicy.DEFAULT);
  private final ImagePipeline portable =
      new ImagePipeline(DecodePolicy.DEFAULT, Decoders.portable());

  @ParameterizedTest(name = "{0}")
  @MethodSource("places")
  void anOrientationIsFoundWhereverItStands(String name, IntFunction<byte[]> file)
      throws Exception {
    for (ImagePipeline pipeline : List.of(fastest, portable)) {
      Pixels stored = pipeline.decode(file.apply(1));
      for (int orientation = 1; orientation <= 8; orientation++) {
        Pixels expected = Orientation.ofExif(orientation).apply(stored);
        Pixels actual = pipeline.decode(file.apply(orientation));
        assertThat(actual.width()).as("%s %d", name, orientation).isEqualTo(expected.width());
        assertThat(actual.rgb()).as("%s %d", name, orientation).isEqualTo(expected.rgb());
      }
    }
  }

  /** Where Pillow looks for none, or finds none that counts. */
  static List<Arguments> elsewhere() throws Exception {
    byte[] jpeg = Fixtures.read("baseline.jpg");
    byte[] png = Fixtures.read("rgb.png");
    byte[] webp = Fixtures.read("lossless.webp");
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("jpeg exif upright beside xmp", jpeg(jpeg, prefixed(exif(1)), jpegXmp(xmp(6))));
    files.put("jpeg exif 0 beside xmp", jpeg(jpeg, prefixed(exif(0)), jpegXmp(xmp(6))));
    files.put("jpeg exif 9", jpeg(jpeg, prefixed(exif(9))));
    files.put("jpeg exif 262", jpeg(jpeg, prefixed(exif(262))));
    files.put(
        "jpeg damaged exif beside xmp", jpeg(jpeg, prefixed(ascii("damaged!!")), jpegXmp(xmp(6))));
    files.put(
        "jpeg extended xmp",
        jpeg(jpeg, joined(ascii("http://ns.adobe.com/xmp/extension/\0"), xmp(6))));
    files.put("jpeg xmp in apostrophes", jpeg(jpeg, jpegXmp(ascii("tiff:Orientation='6'"))));
    files.put("jpeg xmp with spaces", jpeg(jpeg, jpegXmp(ascii("tiff:Orientation = \"6\""))));
    files.put("jpeg xmp without a digit", jpeg(jpeg, jpegXmp(ascii("tiff:Orientation=\""))));
    files.put("jpeg xmp that ends", jpeg(jpeg, jpegXmp(ascii("tiff:Orientation"))));
    files.put(
        "png raw profile APP1",
        png(png, false, text("zTXt", "Raw profile type APP1", raw(prefixed(exif(6))))));
    files.put(
        "png raw profile in capitals",
        png(png, false, text("tEXt", "Raw profile type EXIF", raw(exif(6)))));
    files.put(
        "png raw profile xmp", png(png, false, text("zTXt", "Raw profile type xmp", raw(xmp(6)))));
    files.put(
        "png eXIf without the tag beside a raw profile",
        png(png, false, chunk("eXIf", other()), profile("tEXt", raw(exif(6)))));
    files.put(
        "png raw profile of no digits", png(png, false, profile("tEXt", ascii("\nexif\n 3\n"))));
    files.put("png raw profile cut short", png(png, false, profile("tEXt", ascii("\nexif"))));
    files.put(
        "png damaged zTXt",
        png(png, false, chunk("zTXt", ascii("Raw profile type exif\0\0damaged"))));
    files.put("png empty zTXt", png(png, false, chunk("zTXt", ascii("Raw profile type exif\0"))));
    files.put("png iTXt that ends", png(png, false, chunk("iTXt", ascii("XML:com.adobe.xmp\0\0"))));
    files.put(
        "png text bomb",
        png(png, false, text("zTXt", "XML:com.adobe.xmp", joined(new byte[2_000_000], xmp(6)))));
    files.put("webp exif without its flag", webp(webp, 27, 21, 0, riff("EXIF", exif(6))));
    files.put("webp xmp without its flag", webp(webp, 27, 21, 8, riff("XMP ", xmp(6))));
    files.put(
        "webp exif upright beside xmp",
        webp(webp, 27, 21, 12, riff("EXIF", exif(1)), riff("XMP ", xmp(6))));
    List<Arguments> cases = new ArrayList<>();
    files.forEach((name, file) -> cases.add(Arguments.of(name, file)));
    return cases;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("elsewhere")
  void whatPillowPassesOverTurnsNothing(String name, byte[] file) throws Exception {
    String plain =
        switch (name.split(" ", 2)[0]) {
          case "jpeg" -> "baseline.jpg";
          case "png" -> "rgb.png";
          default -> "lossless.webp";
        };
    for (ImagePipeline pipeline : List.of(fastest, portable)) {
      assertThat(pipeline.decode(file).rgb())
          .as(name)
          .isEqualTo(pipeline.decode(Fixtures.read(plain)).rgb());
    }
  }

  /** TIFF types by their number, with the value 6 in them, or 6.5. */
  static List<Arguments> types() {
    List<Arguments> types = new ArrayList<>();
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      types.add(Arguments.of("SHORT", order, 3, 1, of(order, 2, b -> b.putShort((short) 6)), true));
      types.add(Arguments.of("LONG", order, 4, 1, of(order, 4, b -> b.putInt(6)), true));
      types.add(
          Arguments.of("RATIONAL", order, 5, 1, of(order, 8, b -> b.putInt(12).putInt(2)), true));
      types.add(Arguments.of("SBYTE", order, 6, 1, new byte[] {6}, true));
      types.add(
          Arguments.of("SSHORT", order, 8, 1, of(order, 2, b -> b.putShort((short) 6)), true));
      types.add(Arguments.of("SLONG", order, 9, 1, of(order, 4, b -> b.putInt(6)), true));
      types.add(
          Arguments.of(
              "SRATIONAL", order, 10, 1, of(order, 8, b -> b.putInt(-6).putInt(-1)), true));
      types.add(Arguments.of("FLOAT", order, 11, 1, of(order, 4, b -> b.putFloat(6)), true));
      types.add(Arguments.of("DOUBLE", order, 12, 1, of(order, 8, b -> b.putDouble(6)), true));
      types.add(Arguments.of("IFD", order, 13, 1, of(order, 4, b -> b.putInt(6)), true));
      types.add(
          Arguments.of(
              "SHORT[2]",
              order,
              3,
              2,
              of(order, 4, b -> b.putShort((short) 6).putShort((short) 1)),
              true));
      types.add(
          Arguments.of("SHORT[3]", order, 3, 3, of(order, 6, b -> b.putShort((short) 6)), true));
      types.add(Arguments.of("BYTE", order, 1, 1, new byte[] {6}, false));
      types.add(Arguments.of("ASCII", order, 2, 2, ascii("6\0"), false));
      types.add(Arguments.of("UNDEFINED", order, 7, 1, new byte[] {6}, false));
      types.add(
          Arguments.of("SHORT[0]", order, 3, 0, of(order, 2, b -> b.putShort((short) 6)), false));
      types.add(
          Arguments.of("FLOAT 6.5", order, 11, 1, of(order, 4, b -> b.putFloat(6.5f)), false));
      types.add(
          Arguments.of(
              "RATIONAL 6/0", order, 5, 1, of(order, 8, b -> b.putInt(6).putInt(0)), false));
      types.add(
          Arguments.of("unknown", order, 99, 1, of(order, 2, b -> b.putShort((short) 6)), false));
    }
    return types;
  }

  private static byte[] of(ByteOrder order, int length, Consumer<ByteBuffer> writer) {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(order);
    writer.accept(bytes);
    return bytes.array();
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("types")
  void theTagMayBeOfAnyTypeOfNumber(
      String name, ByteOrder order, int type, int count, byte[] value, boolean turned)
      throws Exception {
    byte[] exif = exif(order, 0x112, type, count, value);
    byte[] jpeg = Fixtures.read("baseline.jpg");
    byte[] png = Fixtures.read("rgb.png");
    byte[] webp = Fixtures.read("lossless.webp");
    List<byte[]> files =
        List.of(
            jpeg(jpeg, prefixed(exif)),
            png(png, false, chunk("eXIf", exif)),
            png(png, false, profile("zTXt", raw(prefixed(exif)))),
            webp(webp, 27, 21, 8, riff("EXIF", exif)));
    for (byte[] file : files) {
      assertThat(fastest.decode(file).width()).as(name).isEqualTo(turned ? 21 : 27);
    }
    byte[] exchanged = exif.clone();
    exchanged[2] = exif[3];
    exchanged[3] = exif[2];
    assertThat(fastest.decode(jpeg(jpeg, prefixed(exchanged))).width()).isEqualTo(turned ? 21 : 27);
  }

  static List<Arguments> tiffs() {
    byte[] attribute = xmp(6);
    byte[] element = xmpElement(6);
    return List.of(
        Arguments.of("plain", tiff(), false),
        Arguments.of("SHORT", tiff().with(0x112, 3, 1, 6), true),
        Arguments.of("LONG", tiff().with(0x112, 4, 1, 6), true),
        Arguments.of("SBYTE", tiff().with(0x112, 6, 1, 6), true),
        Arguments.of("BYTE", tiff().with(0x112, 1, 1, 6), false),
        Arguments.of("9", tiff().with(0x112, 3, 1, 9), false),
        Arguments.of("XMP", withXmp(1, attribute), true),
        Arguments.of("XMP element", withXmp(1, element), true),
        Arguments.of("XMP undefined", withXmp(7, attribute), true),
        Arguments.of("XMP as text", withXmp(2, attribute), false),
        Arguments.of("upright and XMP", withXmp(1, attribute).with(0x112, 3, 1, 1), false),
        Arguments.of("XMP of four bytes", tiff().with(700, 1, 4, 0x20202020), false));
  }

  private static Tiff tiff() {
    return new Tiff(2_000)
        .at(
            8,
            pixels -> {
              for (int i = 0; i < 64; i++) {
                pixels.put((byte) (3 * i));
              }
            });
  }

  private static Tiff withXmp(int type, byte[] xmp) {
    return tiff().with(700, type, xmp.length, 1_000).at(1_000, out -> out.put(xmp));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tiffs")
  void aTiffTellsItsOrientationByItsTagOrByXmp(String name, Tiff tiff, boolean turned)
      throws Exception {
    byte[] rgb = new byte[8 * 8 * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i / 3 * 3);
    }
    Pixels stored = new Pixels(8, 8, rgb);
    assertThat(fastest.decode(tiff.bytes()).rgb())
        .as(name)
        .isEqualTo((turned ? Orientation.TURN_CLOCKWISE.apply(stored) : stored).rgb());
  }
}
