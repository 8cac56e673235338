package io.github.resnetserving.image;

import io.github.resnetserving.image.Bitmap.Window;
import io.github.resnetserving.tensor.NetworkInput.Pixels;

/** The eight ways in which a camera may store an image: EXIF tag 0x0112, values 1 to 8 in order. */
enum Orientation {
  UPRIGHT,
  MIRRORED,
  UPSIDE_DOWN,
  FLIPPED,
  TRANSPOSED,
  TURN_CLOCKWISE,
  TRANSVERSE,
  TURN_COUNTERCLOCKWISE;

  /** Values that EXIF does not define count as upright. */
  static Orientation ofExif(int value) {
    return value >= 1 && value <= 8 ? values()[value - 1] : UPRIGHT;
  }

  boolean swapsAxes() {
    return switch (this) {
      case UPRIGHT, MIRRORED, UPSIDE_DOWN, FLIPPED -> false;
      case TRANSPOSED, TURN_CLOCKWISE, TRANSVERSE, TURN_COUNTERCLOCKWISE -> true;
    };
  }

  /** Where a window of the upright image is stored, in an image stored with this size. */
  Window stored(Window window, int width, int height) {
    Window part =
        swapsAxes()
            ? new Window(
                /* left= */ window.top(),
                /* top= */ window.left(),
                /* width= */ window.height(),
                /* height= */ window.width())
            : window;
    return new Window(
        fromRight() ? width - part.left() - part.width() : part.left(),
        fromBottom() ? height - part.top() - part.height() : part.top(),
        part.width(),
        part.height());
  }

  /** Whether the upright image begins at the stored one's right edge. */
  private boolean fromRight() {
    return switch (this) {
      case MIRRORED, UPSIDE_DOWN, TRANSVERSE, TURN_COUNTERCLOCKWISE -> true;
      case UPRIGHT, FLIPPED, TRANSPOSED, TURN_CLOCKWISE -> false;
    };
  }

  private boolean fromBottom() {
    return switch (this) {
      case UPSIDE_DOWN, FLIPPED, TURN_CLOCKWISE, TRANSVERSE -> true;
      case UPRIGHT, MIRRORED, TRANSPOSED, TURN_COUNTERCLOCKWISE -> false;
    };
  }

  /** An image as it is to be seen. */
  Pixels apply(Pixels stored) {
    byte[] rgb = new byte[stored.rgb().length];
    turn(stored.rgb(), stored.width(), stored.height(), rgb);
    return swapsAxes()
        ? new Pixels(stored.width(), stored.height(), rgb)
        : new Pixels(stored.height(), stored.width(), rgb);
  }

  /**
   * Turns (height, width, 3).
   *
   * @param to another array, which may be longer
   */
  void turn(byte[] stored, int width, int height, byte[] to) {
    int last = width - 1;
    int lastRow = (height - 1) * width;
    int rows = swapsAxes() ? width : height;
    int columns = swapsAxes() ? height : width;
    // Where the result's top left pixel is stored, and the stored steps of one column and one row.
    switch (this) {
      case UPRIGHT -> gather(stored, 0, 1, width, rows, columns, to);
      case MIRRORED -> gather(stored, last, -1, width, rows, columns, to);
      case UPSIDE_DOWN -> gather(stored, lastRow + last, -1, -width, rows, columns, to);
      case FLIPPED -> gather(stored, lastRow, 1, -width, rows, columns, to);
      case TRANSPOSED -> gather(stored, 0, width, 1, rows, columns, to);
      case TURN_CLOCKWISE -> gather(stored, lastRow, -width, 1, rows, columns, to);
      case TRANSVERSE -> gather(stored, lastRow + last, -width, -1, rows, columns, to);
      case TURN_COUNTERCLOCKWISE -> gather(stored, last, width, -1, rows, columns, to);
    }
  }

  private static void gather(
      byte[] from, int start, int columnStep, int rowStep, int rows, int columns, byte[] to) {
    int out = 0;
    for (int y = 0; y < rows; y++) {
      int in = (start + y * rowStep) * 3;
      for (int x = 0; x < columns; x++) {
        to[out] = from[in];
        to[out + 1] = from[in + 1];
        to[out + 2] = from[in + 2];
        out += 3;
        in += columnStep * 3;
      }
    }
  }
}
