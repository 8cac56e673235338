package io.github.resnetserving.image;

import io.github.resnetserving.model.Pixels;

/**
 * The eight ways in which a camera may store a picture: EXIF tag 0x0112, values 1 to 8 in order.
 */
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

  /** The picture as it is to be seen; the very argument where nothing changes. */
  Pixels apply(Pixels stored) {
    if (this == UPRIGHT) {
      return stored;
    }
    int width = stored.width();
    int last = width - 1;
    int lastRow = (stored.height() - 1) * width;
    // Where the result's top left pixel is stored, and the stored steps of one column and one row.
    return switch (this) {
      case UPRIGHT -> stored;
      case MIRRORED -> gather(stored, last, -1, width);
      case UPSIDE_DOWN -> gather(stored, lastRow + last, -1, -width);
      case FLIPPED -> gather(stored, lastRow, 1, -width);
      case TRANSPOSED -> gather(stored, 0, width, 1);
      case TURN_CLOCKWISE -> gather(stored, lastRow, -width, 1);
      case TRANSVERSE -> gather(stored, lastRow + last, -width, -1);
      case TURN_COUNTERCLOCKWISE -> gather(stored, last, width, -1);
    };
  }

  private Pixels gather(Pixels stored, int start, int columnStep, int rowStep) {
    int height = swapsAxes() ? stored.width() : stored.height();
    int width = swapsAxes() ? stored.height() : stored.width();
    byte[] from = stored.rgb();
    byte[] to = new byte[from.length]; // (height, width, 3)
    int out = 0;
    for (int y = 0; y < height; y++) {
      int in = (start + y * rowStep) * 3;
      for (int x = 0; x < width; x++) {
        to[out] = from[in];
        to[out + 1] = from[in + 1];
        to[out + 2] = from[in + 2];
        out += 3;
        in += columnStep * 3;
      }
    }
    return new Pixels(height, width, to);
  }
}
