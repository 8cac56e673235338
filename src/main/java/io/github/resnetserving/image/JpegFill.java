package io.github.resnetserving.image;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/**
 * Tells by decoding twice whether a JPEG's data are whole, where a harmless warning hides the
 * others: a copy has some more bytes at the end of each piece of entropy-coded data. A decoder that
 * has all of a piece's blocks passes over them; one that lacks some makes pixels of them, which
 * differ from those of the file itself.
 */
final class JpegFill {

  private static final int SOS = 0xda;
  private static final int EOI = 0xd9;

  /** Many short codes and long ones, and no 0xff. */
  private static final byte[] FILL = HexFormat.of().parseHex("2b6db157e91ca673d44e953ac768b25d");

  private JpegFill() {}

  /** Bytes of a copy at most: every marker might end a piece. */
  static long mostBytes(byte[] jpeg) {
    long markers = 0;
    for (int i = 1; i < jpeg.length; i++) {
      if (jpeg[i - 1] == (byte) 0xff && jpeg[i] != 0 && jpeg[i] != (byte) 0xff) {
        markers++;
      }
    }
    return jpeg.length + markers * FILL.length;
  }

  /**
   * A copy with filled data.
   *
   * @param jpeg whole, as {@link JpegFile} has checked
   */
  static byte[] of(byte[] jpeg) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(jpeg.length);
    int at = 2;
    int copied = 0;
    boolean data = false; // whether entropy-coded data end at the next marker
    while (at + 1 < jpeg.length) {
      int code = jpeg[at + 1] & 0xff;
      if (jpeg[at] != (byte) 0xff || code == 0 || code == 0xff) {
        at++;
        continue;
      }
      if (data) {
        out.write(jpeg, copied, at - copied);
        out.writeBytes(FILL);
        copied = at;
      }
      if (code == EOI) {
        break;
      }
      boolean alone = code == 0x01 || (code >= 0xd0 && code <= 0xd8);
      data = alone ? data : code == SOS;
      at += alone ? 2 : 2 + ((jpeg[at + 2] & 0xff) << 8 | (jpeg[at + 3] & 0xff));
    }
    out.write(jpeg, copied, jpeg.length - copied);
    return out.toByteArray();
  }
}
