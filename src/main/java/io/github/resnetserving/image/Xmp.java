package io.github.resnetserving.image;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The orientation in XMP (ISO 16684-1), which is XML. Only the two forms that Pillow knows count,
 * {@code tiff:Orientation="6"} and {@code <tiff:Orientation>6<}, and of several the first one: a
 * parser for XML would find more, in images that are shown as stored elsewhere.
 */
final class Xmp {

  private static final byte[] NAME = "tiff:Orientation".getBytes(StandardCharsets.US_ASCII);

  private Xmp() {}

  /** The orientation in {@code length} bytes from {@code offset}; nothing if they have none. */
  static Optional<Orientation> orientation(byte[] bytes, int offset, int length) {
    int end = offset + length;
    int at = Ascii.find(NAME, bytes, offset, end);
    while (at >= 0) {
      int value = at + NAME.length;
      if (value < end && bytes[value] == '>') {
        value++;
      } else if (value + 1 < end && bytes[value] == '=' && bytes[value + 1] == '"') {
        value += 2;
      } else {
        value = end;
      }
      if (value < end && bytes[value] >= '0' && bytes[value] <= '9') {
        return Optional.of(Orientation.ofExif(bytes[value] - '0'));
      }
      at = Ascii.find(NAME, bytes, at + NAME.length, end);
    }
    return Optional.empty();
  }
}
