package io.github.resnetserving.tensor;

/**
 * An image as a network takes it before standardisation. The array is not copied: who makes the
 * record gives it away.
 *
 * @param height rows
 * @param width columns
 * @param rgb (height, width, 3) unsigned bytes, row-major, red first
 */
@SuppressWarnings("ArrayRecordComponent") // one crop a request: copying it would be its cost
public record Pixels(int height, int width, byte[] rgb) implements NetworkInput {

  public Pixels {
    if (rgb.length != height * width * 3) {
      throw new IllegalArgumentException(
          "%d bytes are not %d x %d x 3".formatted(rgb.length, height, width));
    }
  }
}
