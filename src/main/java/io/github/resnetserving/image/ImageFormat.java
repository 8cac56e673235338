package io.github.resnetserving.image;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The formats that are read, told by their magic bytes alone. */
enum ImageFormat {
  JPEG,
  PNG,
  GIF,
  BMP,
  WEBP,
  TIFF,
  /** Read where the system has libavif. */
  AVIF,
  /** Read where the system has libheif. Stands for all HEIF files but AVIF. */
  HEIC,
  /** Read where the system has libjxl. */
  JXL;

  /** The formats that every installation reads, for messages. */
  static final String NAMES =
      EnumSet.range(JPEG, TIFF).stream().map(Enum::name).collect(Collectors.joining(", "));

  /** For programs, such as {@code jxl}. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** For people, such as {@code JPEG XL}. */
  String title() {
    return this == JXL ? "JPEG XL" : name();
  }

  static ImageFormat of(byte[] encoded) throws ImageException.Unsupported {
    if (encoded.length == 0) {
      throw new ImageException.Unsupported("The image is empty.");
    }
    if (Ascii.at(encoded, 0, "II+\0") || Ascii.at(encoded, 0, "MM\0+")) {
      throw new ImageException.Unsupported(
          "The image is a BigTIFF, of which only the classic form is read.");
    }
    return find(encoded).orElseThrow(() -> unknown(encoded));
  }

  private static ImageException.Unsupported unknown(byte[] encoded) {
    return new ImageException.Unsupported(
        ForeignFormat.name(encoded)
            .map(
                "The bytes are in no image format that is read here; they look like %s."::formatted)
            .orElse("The bytes are in no image format that is read here."));
  }

  /** The format of the bytes; nothing where they are in none. */
  static Optional<ImageFormat> find(byte[] encoded) {
    if (Ascii.at(encoded, 0, "\u00ff\u00d8\u00ff")) {
      return Optional.of(JPEG);
    }
    if (Ascii.at(encoded, 0, "\u0089PNG\r\n\u001a\n")) {
      return Optional.of(PNG);
    }
    if (Ascii.at(encoded, 0, "GIF87a") || Ascii.at(encoded, 0, "GIF89a")) {
      return Optional.of(GIF);
    }
    if (Ascii.at(encoded, 0, "RIFF") && Ascii.at(encoded, 8, "WEBP")) {
      return Optional.of(WEBP);
    }
    if (Ascii.at(encoded, 8, "CR\u0002")) {
      return Optional.empty(); // a camera's raw file, which begins as a TIFF
    }
    if (Ascii.at(encoded, 0, "II*\0") || Ascii.at(encoded, 0, "MM\0*")) {
      return Optional.of(TIFF);
    }
    if (Ascii.at(encoded, 0, "\u00ff\n") || Ascii.at(encoded, 0, "\0\0\0\fJXL \r\n\u0087\n")) {
      return Optional.of(JXL);
    }
    if (Ascii.at(encoded, 4, "ftyp")) {
      return HeifBrands.of(encoded).format();
    }
    return Ascii.at(encoded, 0, "BM") ? Optional.of(BMP) : Optional.empty();
  }
}
