package io.github.resnetserving.image;

import java.util.Set;

/**
 * An image as stored, before it is turned upright.
 *
 * @param bitmap RGB, composited on the background
 * @param width columns of the stored image, of which a decoder may have decoded fewer
 * @param height its rows
 * @param orientation how it is to be turned
 * @param notes what is odd about the file
 */
record Decoded(
    Bitmap bitmap, int width, int height, Orientation orientation, Set<ImageNote> notes) {

  /** Decoded pixel by pixel. */
  Decoded(Bitmap bitmap, Orientation orientation, Set<ImageNote> notes) {
    this(bitmap, bitmap.width(), bitmap.height(), orientation, notes);
  }

  Upright upright() {
    return new Upright(bitmap, orientation);
  }

  /** Columns of the whole image, upright. */
  int uprightWidth() {
    return orientation.swapsAxes() ? height : width;
  }

  /** Rows of the whole image, upright. */
  int uprightHeight() {
    return orientation.swapsAxes() ? width : height;
  }
}
