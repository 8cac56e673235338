package io.github.resnetserving.tensor;

/**
 * A rectangle of an image, in its pixels; an edge may lie between two of them.
 *
 * @param left where it begins
 * @param top where it begins
 */
public record Region(double left, double top, double width, double height) {

  /** Scales this rectangle with its image. */
  public Region scaled(double across, double down) {
    return new Region(left * across, top * down, width * across, height * down);
  }
}
