package io.github.resnetserving.image;

/**
 * A picture as stored, before it is turned upright.
 *
 * @param bitmap RGB, composited on the background
 * @param width columns of the stored picture, of which a decoder may have decoded fewer
 * @param height its rows
 * @param orientation how it is to be turned
 */
record Decoded(Bitmap bitmap, int width, int height, Orientation orientation) {

  /** Decoded pixel by pixel. */
  Decoded(Bitmap bitmap, Orientation orientation) {
    this(bitmap, bitmap.width(), bitmap.height(), orientation);
  }

  Upright upright() {
    return new Upright(bitmap, orientation);
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
