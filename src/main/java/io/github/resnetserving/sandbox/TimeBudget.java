package io.github.resnetserving.sandbox;

import java.time.Duration;

/**
 * Processor time for an image, linear in the larger of its bytes and its pixels.
 *
 * @param base for any image, a fresh helper's compilation included
 * @param each for each byte or pixel
 */
record TimeBudget(Duration base, Duration each) {

  /**
   * 2 s, and another 1 s for 5 million bytes or pixels: some ten times what the slowest kind of
   * TIFF takes.
   */
  static final TimeBudget DEFAULT = new TimeBudget(Duration.ofSeconds(2), Duration.ofNanos(200));

  /**
   * @param pixels 0 as long as they are not known
   */
  long nanos(long bytes, long pixels) {
    return base.toNanos() + each.toNanos() * Math.max(bytes, pixels);
  }
}
