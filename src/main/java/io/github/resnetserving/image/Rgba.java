package io.github.resnetserving.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.resnetserving.image.Background.Alpha;
import java.lang.foreign.MemorySegment;

/**
 * Images with alpha as native libraries give them, onto the background. Thread-safe.
 *
 * @param alpha what their fourth sample is
 */
record Rgba(Alpha alpha) {

  static final Rgba STRAIGHT = new Rgba(Alpha.STRAIGHT);

  /** Straight or premultiplied. */
  static Rgba of(boolean premultiplied) {
    return premultiplied ? new Rgba(Alpha.PREMULTIPLIED) : STRAIGHT;
  }

  private static final int BYTES = 4;

  /**
   * Composites a whole image in place.
   *
   * @param rgba native (height, width, 4); its memory becomes that of the result
   */
  Bitmap composite(
      MemorySegment rgba, int height, int width, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException.TooCostly {
    // No row without alpha reaches into one with it that is still to come.
    Bitmap bitmap = new Bitmap(height, width, rgba);
    composite(rgba, BYTES * width, bitmap, rules, workspace);
    return bitmap;
  }

  /**
   * Composites an image row by row.
   *
   * @param rgba native, rows of four bytes a pixel
   * @param rowBytes from row to row
   */
  void composite(
      MemorySegment rgba, int rowBytes, Bitmap bitmap, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException.TooCostly {
    int width = bitmap.width();
    byte[] row = workspace.row(width * BYTES);
    byte[] line = workspace.line(width);
    for (int y = 0; y < bitmap.height(); y++) {
      MemorySegment.copy(rgba, JAVA_BYTE, (long) y * rowBytes, row, 0, width * BYTES);
      rules.spend(width);
      compositeRow(row, width, rules.background(), line);
      bitmap.put(y, 0, line, width);
    }
  }

  /**
   * Composites one row.
   *
   * @param row (width, 4)
   * @param line receives (width, 3)
   */
  private void compositeRow(byte[] row, int width, Background background, byte[] line) {
    for (int in = 0, out = 0; out < width * 3; in += BYTES, out += 3) {
      int weight = row[in + 3] & 0xff;
      background.over(
          alpha.straight(row[in] & 0xff, weight),
          alpha.straight(row[in + 1] & 0xff, weight),
          alpha.straight(row[in + 2] & 0xff, weight),
          weight,
          line,
          out);
    }
  }
}
