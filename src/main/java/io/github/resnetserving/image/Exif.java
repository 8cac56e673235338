package io.github.resnetserving.image;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The one EXIF tag that matters here. EXIF is a TIFF without pixels: header, then a directory of
 * 12-byte entries (EXIF 2.32, section 4.6.2).
 */
final class Exif {

  private static final int ORIENTATION = 0x0112;

  private static final byte[] PREFIX = {'E', 'x', 'i', 'f', 0, 0};

  /** JPEG's own one and another, which some programs write in every format. */
  private static final int MAX_PREFIXES = 2;

  private Exif() {}

  /**
   * The orientation in {@code length} bytes from {@code offset}, which begin with JPEG's prefix or
   * with the TIFF header. The tag may be of any type of number, as in Pillow. Damaged bytes and
   * values that EXIF does not define count as upright, because metadata alone must not make an
   * image unreadable.
   *
   * @return nothing if the bytes are empty or have no such tag
   */
  static Optional<Orientation> orientation(byte[] bytes, int offset, int length) {
    int from = offset;
    int left = length;
    for (int i = 0; i < MAX_PREFIXES && Ascii.is(PREFIX, bytes, from, left); i++) {
      from += PREFIX.length;
      left -= PREFIX.length;
    }
    if (left <= 0) {
      return Optional.empty();
    }
    Optional<TiffBytes> tiff = TiffBytes.lenient(bytes, from, left);
    return tiff.isEmpty() ? Optional.of(Orientation.UPRIGHT) : orientation(tiff.get());
  }

  /** The orientation of a TIFF's first directory. */
  static Optional<Orientation> orientation(TiffBytes tiff) {
    long directory = tiff.firstDirectory();
    int entries = tiff.hasDirectory(directory) ? tiff.entries(directory) : 0;
    for (int i = 0; i < entries; i++) {
      long entry = tiff.entry(directory, i);
      if (tiff.tag(entry) == ORIENTATION && tiff.count(entry) > 0) {
        return Optional.of(orientation(tiff.number(entry)));
      }
    }
    return Optional.empty();
  }

  private static Orientation orientation(OptionalDouble number) {
    double value = number.orElse(0);
    return value == Math.rint(value) ? Orientation.ofExif((int) value) : Orientation.UPRIGHT;
  }
}
