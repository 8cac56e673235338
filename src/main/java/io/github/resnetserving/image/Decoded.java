package io.github.resnetserving.image;

import io.github.resnetserving.model.Pixels;

/**
 * A picture as stored, before it is turned upright.
 *
 * @param pixels (height, width, 3) RGB, composited on the background
 * @param width columns of the stored picture, of which a decoder may have decoded fewer
 * @param height its rows
 * @param orientation how it is to be turned
 */
record Decoded(Pixels pixels, int width, int height, Orientation orientation) {

  /** Decoded pixel by pixel. */
  Decoded(Pixels pixels, Orientation orientation) {
    this(pixels, pixels.width(), pixels.height(), orientation);
  }

  Pixels upright() {
    return orientation.apply(pixels);
  }

  /** Columns of the whole picture, upright. */
  int uprightWidth() {
    return orientation.swapsAxes() ? height : width;
  }

  /** Rows of the whole picture, upright. */
  int uprightHeight() {
    return orientation.swapsAxes() ? width : height;
  }
}
