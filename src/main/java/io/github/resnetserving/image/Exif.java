package io.github.resnetserving.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The one EXIF tag that matters here. EXIF is a TIFF without pixels: header, then a directory of
 * 12-byte entries (EXIF 2.32, section 4.6.2).
 */
final class Exif {

  private static final int ORIENTATION = 0x0112;
  private static final int SHORT = 3;

  private Exif() {}

  /**
   * The orientation in {@code length} bytes from {@code offset}, which begin with the TIFF header;
   * upright where there is none or the bytes are damaged, because metadata alone must not make a
   * picture unreadable.
   */
  static Orientation orientation(byte[] bytes, int offset, int length) {
    if (offset < 0 || length < 8 || offset > bytes.length - length) {
      return Orientation.UPRIGHT;
    }
    ByteBuffer tiff = ByteBuffer.wrap(bytes, offset, length).slice();
    switch (tiff.getInt(0)) {
      case 0x49492a00 -> tiff.order(ByteOrder.LITTLE_ENDIAN);
      case 0x4d4d002a -> tiff.order(ByteOrder.BIG_ENDIAN);
      default -> {
        return Orientation.UPRIGHT;
      }
    }
    int directory = tiff.getInt(4);
    if (directory < 8 || directory > length - 2) {
      return Orientation.UPRIGHT;
    }
    int entries = tiff.getShort(directory) & 0xffff;
    for (int i = 0; i < entries; i++) {
      long entry = directory + 2L + 12L * i;
      if (entry + 12 > length) {
        return Orientation.UPRIGHT;
      }
      int at = (int) entry;
      if ((tiff.getShort(at) & 0xffff) == ORIENTATION && tiff.getShort(at + 2) == SHORT) {
        return Orientation.ofExif(tiff.getShort(at + 8) & 0xffff);
      }
    }
    return Orientation.UPRIGHT;
  }
}
