package io.github.resnetserving.image;

/**
 * The one EXIF tag that matters here. EXIF is a TIFF without pixels: header, then a directory of
 * 12-byte entries (EXIF 2.32, section 4.6.2).
 */
final class Exif {

  private static final int ORIENTATION = 0x0112;

  private Exif() {}

  /**
   * The orientation in {@code length} bytes from {@code offset}, which begin with the TIFF header;
   * upright where there is none or the bytes are damaged, because metadata alone must not make a
   * picture unreadable.
   */
  static Orientation orientation(byte[] bytes, int offset, int length) {
    return TiffBytes.of(bytes, offset, length).map(Exif::orientation).orElse(Orientation.UPRIGHT);
  }

  private static Orientation orientation(TiffBytes tiff) {
    long directory = tiff.firstDirectory();
    int entries = tiff.hasDirectory(directory) ? tiff.entries(directory) : 0;
    for (int i = 0; i < entries; i++) {
      long entry = tiff.entry(directory, i);
      boolean number = tiff.type(entry) == TiffBytes.SHORT || tiff.type(entry) == TiffBytes.LONG;
      if (tiff.tag(entry) == ORIENTATION && number && !tiff.isApart(entry)) {
        return Orientation.ofExif((int) tiff.value(entry, 0));
      }
    }
    return Orientation.UPRIGHT;
  }
}
