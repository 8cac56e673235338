package io.github.resnetserving.model;

/**
 * A picture that somebody else has cropped and standardised. The array is not copied: who makes the
 * record gives it away.
 *
 * @param height rows
 * @param width columns
 * @param chw (3, height, width) numbers, row-major, red first
 */
@SuppressWarnings("ArrayRecordComponent") // copying it would be its cost
public record NormalizedPicture(int height, int width, float[] chw) implements NetworkInput {

  public NormalizedPicture {
    if (chw.length != 3 * height * width) {
      throw new IllegalArgumentException(
          "%d numbers are not 3 x %d x %d".formatted(chw.length, height, width));
    }
  }
}
