package io.github.resnetserving.image;

/**
 * Whether the runs of a compressed BMP reach its last row. The JDK's reader leaves black what is
 * missing and does not say so.
 */
final class BmpRuns {

  // After a zero: what the second byte means, where it is no length of plain indices.
  private static final int END_OF_ROW = 0;
  private static final int END = 1;
  private static final int DELTA = 2;

  private BmpRuns() {}

  /**
   * Goes over the runs, whose length is that of the file at most.
   *
   * @param offset where they begin
   * @param half whether an index has four bits, else eight
   * @return whether an end mark follows the last row
   * @throws UnreadableImageException if the file ends before the last row does
   */
  static boolean isEnded(
      byte[] bmp, int offset, boolean half, long width, long height, DecodeRules rules)
      throws ImageException {
    long x = 0;
    long y = 0;
    int at = offset;
    while (at + 1 < bmp.length) {
      int count = bmp[at] & 0xff;
      int second = bmp[at + 1] & 0xff;
      at += 2;
      rules.spend(2);
      if (count > 0) {
        x += count;
      } else if (second == END_OF_ROW) {
        x = 0;
        y++;
      } else if (second == END) {
        return true;
      } else if (second == DELTA) {
        x += at < bmp.length ? bmp[at] & 0xff : 0;
        y += at + 1 < bmp.length ? bmp[at + 1] & 0xff : 0;
        at += 2;
      } else {
        x += second;
        int bytes = half ? (second + 1) / 2 : second;
        at += bytes + (bytes & 1); // to a whole word
        rules.spend(bytes);
      }
    }
    if (at > bmp.length || y < height - 1 || (y == height - 1 && x < width)) {
      throw new UnreadableImageException("The BMP image is truncated: its last rows are missing.");
    }
    return false;
  }
}
