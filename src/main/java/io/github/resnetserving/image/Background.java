package io.github.resnetserving.image;

import java.util.HexFormat;

/**
 * The opaque colour that transparent images are composited on, with the integer arithmetic of
 * Pillow's {@code alpha_composite}, which differs from the rounded exact value in some places.
 *
 * @param red 0 to 255
 * @param green 0 to 255
 * @param blue 0 to 255
 */
public record Background(int red, int green, int blue) {

  /** What browsers show an image on. */
  public static final Background WHITE = new Background(255, 255, 255);

  /** Pillow weighs both layers with 7 bits beyond the byte. */
  private static final int EXTRA_BITS = 7;

  public Background {
    if ((red | green | blue) >>> 8 != 0) {
      throw new IllegalArgumentException(
          "(%d, %d, %d) is no colour: each part must be between 0 and 255"
              .formatted(red, green, blue));
    }
  }

  /** Reads a colour as CSS writes it, such as {@code #ffffff}. */
  public static Background parse(String text) {
    if (!text.matches("#[0-9a-fA-F]{6}")) {
      throw new IllegalArgumentException(
          "\"%s\" is no colour: write it as #rrggbb, such as #ffffff for white".formatted(text));
    }
    int rgb = HexFormat.fromHexDigits(text, 1, text.length());
    return new Background(rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff);
  }

  /** The colour as {@link #parse} reads it. */
  @Override
  public String toString() {
    return "#%02x%02x%02x".formatted(red, green, blue);
  }

  /** Writes this colour alone. */
  void put(byte[] rgb, int at) {
    rgb[at] = (byte) red;
    rgb[at + 1] = (byte) green;
    rgb[at + 2] = (byte) blue;
  }

  /** Makes the first pixels of (n, 3) this colour. */
  void fill(byte[] rgb, int pixels) {
    for (int at = 0; at < 3 * pixels; at += 3) {
      put(rgb, at);
    }
  }

  /**
   * Writes a colour over this one.
   *
   * @param r 0 to 255, not premultiplied, as {@code g} and {@code b}
   * @param alpha 0 (this colour shines through) to 255
   * @param rgb receives three bytes from {@code at} on
   */
  void over(int r, int g, int b, int alpha, byte[] rgb, int at) {
    rgb[at] = blend(r, red, alpha);
    rgb[at + 1] = blend(g, green, alpha);
    rgb[at + 2] = blend(b, blue, alpha);
  }

  private static byte blend(int sample, int below, int alpha) {
    int weight = alpha << EXTRA_BITS;
    int sum = sample * weight + below * ((255 << EXTRA_BITS) - weight) + (0x80 << EXTRA_BITS);
    return (byte) ((((sum >> 8) + sum) >> 8) >> EXTRA_BITS);
  }

  /** What the sample behind a pixel's colours is. */
  enum Alpha {
    /** No alpha: it is passed over. */
    NONE,
    /** Alpha, and the colours are as they are seen without it. */
    STRAIGHT,
    /** Alpha, and the colours have been multiplied by it, which is undone as Pillow does it. */
    PREMULTIPLIED;

    /**
     * A colour as it is seen without alpha, rounded down as by Pillow.
     *
     * @param sample 0 to 255
     * @param weight of the alpha, 0 to 255; with 0 no colour can be seen
     */
    int straight(int sample, int weight) {
      return this == PREMULTIPLIED && weight > 0 ? Math.min(255, 255 * sample / weight) : sample;
    }
  }
}
