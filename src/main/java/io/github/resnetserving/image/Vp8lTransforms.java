package io.github.resnetserving.image;

/**
 * Goes over the transforms of lossless WebP data (RFC 9649, section 4), of which each may come
 * once. TwelveMonkeys' reader applies each as often as it comes, to all pixels, and one takes three
 * bits. libwebp refuses a second.
 */
final class Vp8lTransforms {

  private static final int SUBTRACT_GREEN = 2;
  private static final int COLOR_INDEXING = 3;
  private static final int LITERALS = 256;
  private static final int LENGTHS = 24;
  private static final int DISTANCES = 40;
  private static final int LARGEST_CACHE = 11; // bits

  private final Vp8l.Bits in;
  private final DecodeRules rules;

  private Vp8lTransforms(Vp8l.Bits in, DecodeRules rules) {
    this.in = in;
    this.rules = rules;
  }

  /**
   * Checks the transforms of an image.
   *
   * @param in at the first transform
   */
  static void check(Vp8l.Bits in, int width, int height, DecodeRules rules) throws ImageException {
    new Vp8lTransforms(in, rules).check(width, height);
  }

  private void check(int width, int height) throws ImageException {
    int columns = width;
    int seen = 0; // a bit for each transform
    while (in.bits(1) == 1) {
      int transform = in.bits(2);
      if (((seen >> transform) & 1) == 1) {
        throw WebpDecoder.corrupt();
      }
      seen |= 1 << transform;
      if (transform == COLOR_INDEXING) {
        int colors = in.bits(Byte.SIZE) + 1;
        image(colors, 1);
        int together = colors <= 2 ? 8 : colors <= 4 ? 4 : colors <= 16 ? 2 : 1; // in a pixel
        columns = Math.ceilDiv(columns, together);
      } else if (transform != SUBTRACT_GREEN) {
        int side = 4 << in.bits(3);
        image(Math.ceilDiv(columns, side), Math.ceilDiv(height, side));
      }
    }
  }

  /** Passes over an image that belongs to a transform: it has no transforms itself. */
  private void image(int width, int height) throws ImageException {
    Vp8lCode main = Vp8lCode.read(in, LITERALS + LENGTHS + cache());
    Vp8lCode red = Vp8lCode.read(in, LITERALS);
    Vp8lCode blue = Vp8lCode.read(in, LITERALS);
    Vp8lCode alpha = Vp8lCode.read(in, LITERALS);
    Vp8lCode distance = Vp8lCode.read(in, DISTANCES);
    long left = (long) width * height;
    while (left > 0) {
      rules.spend(1);
      int symbol = main.next(in);
      if (symbol < LITERALS) {
        red.next(in);
        blue.next(in);
        alpha.next(in);
        left--;
      } else if (symbol < LITERALS + LENGTHS) {
        left -= number(symbol - LITERALS);
        number(distance.next(in));
      } else {
        left--; // of the cache
      }
    }
  }

  /** How many colours are kept. */
  private int cache() throws ImageException.Unreadable {
    if (in.bits(1) == 0) {
      return 0;
    }
    int bits = in.bits(4);
    if (bits < 1 || bits > LARGEST_CACHE) {
      throw WebpDecoder.corrupt();
    }
    return 1 << bits;
  }

  /** A length or distance (section 5.2.2). */
  private long number(int prefix) throws ImageException.Unreadable {
    if (prefix < 4) {
      return prefix + 1L;
    }
    int more = (prefix - 2) >> 1;
    return ((2L + (prefix & 1)) << more) + in.bits(more) + 1;
  }
}
