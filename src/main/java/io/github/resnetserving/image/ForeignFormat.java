package io.github.resnetserving.image;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What bytes are that people send in place of an image that is read here, for a message. */
final class ForeignFormat {

  /** A beginning that tells a format. */
  private record Magic(int offset, String bytes, String name) {}

  private static final List<Magic> MAGIC =
      List.of(
          new Magic(8, "CR\u0002", "a raw file of a Canon camera (CR2)"),
          new Magic(0, "%PDF-", "a PDF document"),
          new Magic(0, "%!PS", "a PostScript document"),
          new Magic(0, "8BPS", "a Photoshop document (PSD)"),
          new Magic(0, "\0\0\u0001\0", "an icon (ICO)"),
          new Magic(0, "\0\0\u0002\0", "a cursor (CUR)"),
          new Magic(0, "icns", "an icon (ICNS)"),
          new Magic(0, "\0\0\0\u000cjP  ", "a JPEG 2000 image"),
          new Magic(0, "\u00ffO\u00ffQ", "a JPEG 2000 image"),
          new Magic(0, "II\u00bc", "a JPEG XR image"),
          new Magic(0, "\u008aMNG", "an MNG animation"),
          new Magic(0, "DDS ", "a DDS texture"),
          new Magic(0, "qoif", "a QOI image"),
          new Magic(0, "SIMPLE  =", "a FITS image"),
          new Magic(0, "v/1\u0001", "an OpenEXR image"),
          new Magic(0, "#?RADIANCE", "a Radiance HDR image"),
          new Magic(0, "P4\n", "a PBM image"),
          new Magic(0, "P5\n", "a PGM image"),
          new Magic(0, "P6\n", "a PPM image"),
          new Magic(0, "gimp xcf", "a GIMP document (XCF)"),
          new Magic(4, "ftypqt", "a QuickTime film"),
          new Magic(4, "ftypcrx ", "a raw file of a Canon camera (CR3)"),
          new Magic(4, "ftyp", "an MP4 film"), // images with such a box are told before
          new Magic(0, "\u001aE\u00df\u00a3", "a WebM or Matroska film"),
          new Magic(0, "PK\u0003\u0004", "a ZIP archive"),
          new Magic(0, "Rar!", "a RAR archive"),
          new Magic(0, "\u001f\u008b", "data compressed with gzip"),
          new Magic(0, "\u0093NUMPY", "an array of NumPy"),
          new Magic(0, "version https://git-lfs", "a pointer of Git LFS: run git lfs pull"),
          new Magic(0, "data:", "a data URL: send it in JSON, or the bytes that it encodes"),
          new Magic(0, "/9j/", "base64: send it in JSON, or the bytes that it encodes"),
          new Magic(0, "iVBORw0KGgo", "base64: send it in JSON, or the bytes that it encodes"),
          new Magic(
              0,
              "\u00c3\u00bf\u00c3\u0098\u00c3\u00bf",
              "a JPEG that was taken for text and encoded as UTF-8"),
          new Magic(
              0,
              "\u00ef\u00bf\u00bd\u00ef\u00bf\u00bd\u00ef\u00bf\u00bd",
              "binary data that were taken for text"),
          new Magic(0, "\u00ef\u00bf\u00bdPNG", "a PNG that was taken for text"),
          new Magic(0, "\u00c2\u0089PNG", "a PNG that was taken for text and encoded as UTF-8"),
          new Magic(0, "\u0089PNG", "a PNG whose line ends were changed on the way"));

  private static final int TEXT = 1000; // bytes that are looked at

  private ForeignFormat() {}

  /** What the bytes seem to be, with its article; nothing if that is unknown. */
  static Optional<String> name(byte[] bytes) {
    for (Magic magic : MAGIC) {
      if (Ascii.at(bytes, magic.offset, magic.bytes)) {
        return Optional.of(magic.name);
      }
    }
    return markup(bytes);
  }

  private static Optional<String> markup(byte[] bytes) {
    String text =
        new String(bytes, 0, Math.min(bytes.length, TEXT), StandardCharsets.UTF_8)
            .replace("\ufeff", "")
            .strip()
            .toLowerCase(Locale.ROOT);
    if (text.startsWith("{") || text.startsWith("[")) {
      return Optional.of("JSON: if images are in it, send it as application/json");
    }
    if (!text.startsWith("<")) {
      return Optional.empty();
    }
    if (text.contains("<svg")) {
      return Optional.of("an SVG drawing");
    }
    return Optional.of(
        text.contains("<html") || text.startsWith("<!doctype html")
            ? "an HTML page: perhaps an error page in place of the image"
            : "XML: perhaps an error message in place of the image");
  }
}
