package io.github.resnetserving.tensor;

/** One image on its way into a network. */
public sealed interface NetworkInput {

  /** Rows. */
  int height();

  /** Columns. */
  int width();

  /**
   * An image as a network takes it before standardisation. The array is not copied: who makes the
   * record gives it away.
   *
   * @param height rows
   * @param width columns
   * @param rgb (height, width, 3) unsigned bytes, row-major, red first
   */
  @SuppressWarnings("ArrayRecordComponent") // one crop a request: copying it would be its cost
  record Pixels(int height, int width, byte[] rgb) implements NetworkInput {

    public Pixels {
      if (rgb.length != height * width * 3) {
        throw new IllegalArgumentException(
            "%d bytes are not %d x %d x 3".formatted(rgb.length, height, width));
      }
    }
  }

  /**
   * An image that the client has cropped and standardised. The array is not copied: the caller of
   * the record gives it away.
   *
   * @param height rows
   * @param width columns
   * @param chw (3, height, width) numbers, row-major, red first
   */
  @SuppressWarnings("ArrayRecordComponent") // copying it would be its cost
  record NormalizedImage(int height, int width, float[] chw) implements NetworkInput {

    public NormalizedImage {
      if (chw.length != 3 * height * width) {
        throw new IllegalArgumentException(
            "%d numbers are not 3 x %d x %d".formatted(chw.length, height, width));
      }
    }
  }
}
