package io.github.resnetserving.model;

/**
 * A rectangle of a picture, in its pixels; an edge may lie between two of them.
 *
 * @param left where it begins
 * @param top where it begins
 */
public record Region(double left, double top, double width, double height) {

  /** The same place once the picture is so much wider and higher. */
  public Region scaled(double across, double down) {
    return new Region(left * across, top * down, width * across, height * down);
  }
}
