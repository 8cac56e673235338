package io.github.resnetserving.image;

import java.util.Arrays;

/** A PNG's unfiltered rows to RGB on the background. 16-bit samples keep their high byte. */
final class PngPixels {

  private final PngFile file;
  private final Background background;
  private final boolean keyed; // one exact colour is transparent
  private final int[] key; // (samples,) that colour, at full depth
  private final byte[]
      table; // (256, 3) RGB on the background of a palette's or gray's one-sample pixels

  PngPixels(PngFile file, Background background) {
    this.file = file;
    this.background = background;
    int samples = file.samplesPerPixel();
    byte[] transparency = file.transparency();
    keyed = (file.color() == 0 || file.color() == 2) && transparency.length >= 2 * samples;
    key = new int[samples];
    for (int i = 0; keyed && i < samples; i++) {
      key[i] = (transparency[2 * i] & 0xff) << 8 | (transparency[2 * i + 1] & 0xff);
    }
    table = file.color() == 3 ? paletteTable() : grayTable();
  }

  /** Indices beyond the palette are black, as browsers show them. */
  private byte[] paletteTable() {
    byte[] rgb = new byte[256 * 3];
    for (int i = 0; i < Math.min(file.palette().length / 3, 256); i++) {
      int alpha = i < file.transparency().length ? file.transparency()[i] & 0xff : 255;
      byte[] palette = file.palette();
      int red = palette[3 * i] & 0xff;
      int green = palette[3 * i + 1] & 0xff;
      background.over(red, green, palette[3 * i + 2] & 0xff, alpha, rgb, 3 * i);
    }
    return rgb;
  }

  private byte[] grayTable() {
    byte[] rgb = new byte[256 * 3];
    int largest = (1 << Math.min(file.depth(), 8)) - 1;
    for (int i = 0; i <= largest; i++) {
      if (keyed && file.depth() <= 8 && i == key[0]) {
        background.put(rgb, 3 * i);
      } else {
        Arrays.fill(rgb, 3 * i, 3 * i + 3, (byte) (i * 255 / largest));
      }
    }
    return rgb;
  }

  /** Whether rows need no conversion. */
  boolean areStoredAsRgb() {
    return file.color() == 2 && file.depth() == 8 && !keyed;
  }

  /**
   * Writes one row.
   *
   * @param row its bytes, unfiltered
   * @param columns pixels in it
   * @param rgb receives them from {@code out} on, {@code step} bytes apart
   */
  void write(byte[] row, int columns, byte[] rgb, int out, int step) {
    int bytes = file.depth() == 16 ? 2 : 1; // of a sample
    switch (file.color()) {
      case 0, 3 -> {
        for (int x = 0; x < columns; x++, out += step) {
          if (keyed && bytes == 2 && sample(row, x * 2, 2) == key[0]) {
            background.put(rgb, out);
            continue;
          }
          int from = (bytes == 2 ? row[x * 2] & 0xff : small(row, x)) * 3;
          rgb[out] = table[from];
          rgb[out + 1] = table[from + 1];
          rgb[out + 2] = table[from + 2];
        }
      }
      case 2 -> {
        for (int x = 0; x < columns; x++, out += step) {
          int in = x * 3 * bytes;
          if (keyed && isKey(row, in, bytes)) {
            background.put(rgb, out);
            continue;
          }
          rgb[out] = row[in];
          rgb[out + 1] = row[in + bytes];
          rgb[out + 2] = row[in + 2 * bytes];
        }
      }
      default -> {
        int green = file.color() == 6 ? bytes : 0;
        int pixel = file.samplesPerPixel() * bytes;
        for (int x = 0; x < columns; x++, out += step) {
          int in = x * pixel;
          int alpha = row[in + pixel - bytes] & 0xff;
          int blue = row[in + 2 * green] & 0xff;
          background.over(row[in] & 0xff, row[in + green] & 0xff, blue, alpha, rgb, out);
        }
      }
    }
  }

  /** The x-th sample of 1, 2, 4 or 8 bits, leftmost in the highest bits. */
  private int small(byte[] row, int x) {
    int depth = file.depth();
    if (depth == 8) {
      return row[x] & 0xff;
    }
    int bit = x * depth;
    return (row[bit >> 3] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  }

  private boolean isKey(byte[] row, int in, int bytes) {
    return sample(row, in, bytes) == key[0]
        && sample(row, in + bytes, bytes) == key[1]
        && sample(row, in + 2 * bytes, bytes) == key[2];
  }

  private static int sample(byte[] row, int at, int bytes) {
    return bytes == 1 ? row[at] & 0xff : (row[at] & 0xff) << 8 | (row[at + 1] & 0xff);
  }
}
