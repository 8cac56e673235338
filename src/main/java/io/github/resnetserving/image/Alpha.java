package io.github.resnetserving.image;

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
