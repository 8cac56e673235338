package io.github.resnetserving.image;

/** JPEG's components to RGB with libjpeg's tables: 16-bit fixed point, rounded (JFIF 1.02). */
final class JpegColors {

  private static final int BITS = 16;
  private static final int HALF = 1 << (BITS - 1);

  // (256,) contributions of a chroma sample; the two to green are added before they are shifted.
  private static final int[] RED_OF_CR = new int[256];
  private static final int[] BLUE_OF_CB = new int[256];
  private static final int[] GREEN_OF_CR = new int[256];
  private static final int[] GREEN_OF_CB = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int x = i - 128;
      RED_OF_CR[i] = (fixed(1.40200) * x + HALF) >> BITS;
      BLUE_OF_CB[i] = (fixed(1.77200) * x + HALF) >> BITS;
      GREEN_OF_CR[i] = -fixed(0.71414) * x;
      GREEN_OF_CB[i] = -fixed(0.34414) * x + HALF;
    }
  }

  private JpegColors() {}

  private static int fixed(double x) {
    return (int) (x * (1 << BITS) + 0.5);
  }

  /**
   * Converts one row.
   *
   * @param row (width, components) as stored
   * @param rgb receives (width, 3) from {@code out} on
   */
  static void toRgb(JpegFile.Encoding encoding, byte[] row, byte[] rgb, int out, int width) {
    switch (encoding) {
      case GRAY -> {
        for (int x = 0; x < width; x++) {
          int to = out + 3 * x;
          rgb[to] = row[x];
          rgb[to + 1] = row[x];
          rgb[to + 2] = row[x];
        }
      }
      case RGB -> System.arraycopy(row, 0, rgb, out, 3 * width);
      case YCBCR -> {
        for (int x = 0; x < width; x++) {
          fromYcbcr(row, 3 * x, rgb, out + 3 * x);
        }
      }
      case CMYK -> {
        for (int x = 0; x < width; x++) {
          fromCmyk(row, 4 * x, rgb, out + 3 * x);
        }
      }
      case YCCK -> {
        for (int x = 0; x < width; x++) {
          // The first three stand for inverted inks, that is for what fromCmyk inverts.
          fromYcbcr(row, 4 * x, row, 4 * x);
          invert(row, 4 * x);
          fromCmyk(row, 4 * x, rgb, out + 3 * x);
        }
      }
    }
  }

  private static void fromYcbcr(byte[] from, int in, byte[] to, int out) {
    int y = from[in] & 0xff;
    int cb = from[in + 1] & 0xff;
    int cr = from[in + 2] & 0xff;
    to[out] = clamp(y + RED_OF_CR[cr]);
    to[out + 1] = clamp(y + ((GREEN_OF_CB[cb] + GREEN_OF_CR[cr]) >> BITS));
    to[out + 2] = clamp(y + BLUE_OF_CB[cb]);
  }

  private static void invert(byte[] inks, int at) {
    for (int c = 0; c < 3; c++) {
      inks[at + c] = (byte) (255 - (inks[at + c] & 0xff));
    }
  }

  /**
   * Four-component JPEGs store inks inverted, as Adobe does; like Pillow, independent of the
   * writer.
   */
  static void fromCmyk(byte[] inverted, int in, byte[] rgb, int out) {
    int black = 255 - (inverted[in + 3] & 0xff);
    for (int c = 0; c < 3; c++) {
      rgb[out + c] = fromInk(255 - (inverted[in + c] & 0xff), black);
    }
  }

  /**
   * One of red, green, blue from CMYK as Pillow makes it, without colour profiles.
   *
   * @param ink cyan, magenta or yellow, 0 (none) to 255
   * @param black 0 (none) to 255
   */
  static byte fromInk(int ink, int black) {
    int light = 255 - black;
    int product = ink * light + 128;
    int absorbed = ((product >> 8) + product) >> 8; // ink * light / 255, rounded
    return (byte) Math.max(light - absorbed, 0);
  }

  private static byte clamp(int value) {
    return (byte) Math.clamp(value, 0, 255);
  }
}
