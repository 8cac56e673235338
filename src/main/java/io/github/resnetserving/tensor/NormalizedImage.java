package io.github.resnetserving.tensor;

/**
 * An image that the client has cropped and standardised. The array is not copied: the caller of the
 * record gives it away.
 *
 * @param height rows
 * @param width columns
 * @param chw (3, height, width) numbers, row-major, red first
 */
@SuppressWarnings("ArrayRecordComponent") // copying it would be its cost
public record NormalizedImage(int height, int width, float[] chw) implements NetworkInput {

  public NormalizedImage {
    if (chw.length != 3 * height * width) {
      throw new IllegalArgumentException(
          "%d numbers are not 3 x %d x %d".formatted(chw.length, height, width));
    }
  }
}
