package io.github.resnetserving.image;

import java.util.Arrays;
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
  TIFF;

  /** For messages: {@code JPEG, PNG, GIF, BMP, WEBP, TIFF}. */
  static final String NAMES =
      Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  static ImageFormat of(byte[] encoded) throws UnsupportedImageException {
    if (encoded.length == 0) {
      throw new UnsupportedImageException("The image is empty.");
    }
    if (startsWith(encoded, 0, "II+\0") || startsWith(encoded, 0, "MM\0+")) {
      throw new UnsupportedImageException(
          "The image is a BigTIFF, of which only the classic form is read.");
    }
    return find(encoded)
        .orElseThrow(() ->
            new UnsupportedImageException("The bytes are in no image format that is read here."));
  }

  /** The format of the bytes; nothing where they are in none. */
  static Optional<ImageFormat> find(byte[] encoded) {
    if (startsWith(encoded, 0, "\u00ff\u00d8\u00ff")) {
      return Optional.of(JPEG);
    }
    if (startsWith(encoded, 0, "\u0089PNG\r\n\u001a\n")) {
      return Optional.of(PNG);
    }
    if (startsWith(encoded, 0, "GIF87a") || startsWith(encoded, 0, "GIF89a")) {
      return Optional.of(GIF);
    }
    if (startsWith(encoded, 0, "RIFF") && startsWith(encoded, 8, "WEBP")) {
      return Optional.of(WEBP);
    }
    if (startsWith(encoded, 0, "II*\0") || startsWith(encoded, 0, "MM\0*")) {
      return Optional.of(TIFF);
    }
    return startsWith(encoded, 0, "BM") ? Optional.of(BMP) : Optional.empty();
  }

  /** Whether the bytes at {@code from} are the characters of {@code magic}, one byte each. */
  private static boolean startsWith(byte[] encoded, int from, String magic) {
    if (encoded.length < from + magic.length()) {
      return false;
    }
    for (int i = 0; i < magic.length(); i++) {
      if ((encoded[from + i] & 0xff) != magic.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
