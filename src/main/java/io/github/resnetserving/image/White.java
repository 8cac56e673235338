package io.github.resnetserving.image;

/**
 * Compositing on opaque white with the integer arithmetic of Pillow's {@code alpha_composite},
 * which differs from the rounded exact value in some places.
 */
final class White {

  /** Pillow weighs both layers with 7 bits beyond the byte. */
  private static final int EXTRA_BITS = 7;

  private White() {}

  /**
   * One sample over white.
   *
   * @param sample 0 to 255, not premultiplied
   * @param alpha 0 (white shines through) to 255
   */
  static byte over(int sample, int alpha) {
    int weight = alpha << EXTRA_BITS;
    int sum = sample * weight + 255 * ((255 << EXTRA_BITS) - weight) + (0x80 << EXTRA_BITS);
    return (byte) ((((sum >> 8) + sum) >> 8) >> EXTRA_BITS);
  }
}
