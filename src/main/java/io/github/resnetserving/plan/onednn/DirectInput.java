package io.github.resnetserving.plan.onednn;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.github.resnetserving.tensor.DType;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.lang.foreign.MemorySegment;

/** Writes images as a direct plan's first step takes them. Immutable. */
final class DirectInput {

  private static final int CHANNELS = 3;
  private static final int BYTES = 256;

  private final Arrangement.Input input;
  private final DType type;
  private final int imageBytes;
  private final float[] scales; // of a row's numbers
  private final float[] shifts;
  private final byte[] colour; // of a framed row
  private final short[] bfloats = new short[CHANNELS * BYTES]; // by channel and byte

  DirectInput(Arrangement.Input input, DType type) {
    this.input = input;
    this.type = type;
    this.imageBytes = CHANNELS * input.framedSide() * input.framedSide() * type.bytes();
    this.scales = new float[CHANNELS * input.side()];
    this.shifts = new float[CHANNELS * input.side()];
    for (int i = 0; i < scales.length; i++) {
      scales[i] = input.scale().get(i % CHANNELS).floatValue();
      shifts[i] = input.shift().get(i % CHANNELS).floatValue();
    }
    this.colour = new byte[CHANNELS * input.framedSide()];
    for (int i = 0; i < colour.length; i++) {
      colour[i] = input.colour().get(i % CHANNELS).byteValue();
    }
    for (int i = 0; i < bfloats.length; i++) {
      bfloats[i] = DType.floatToBfloat16(i % BYTES * scales[i / BYTES] + shifts[i / BYTES]);
    }
  }

  private boolean bytes() {
    return type == DType.U8;
  }

  /** Writes an image's bytes as the i-th of a batch. */
  void write(Pixels image, MemorySegment batch, int i) {
    long at = (long) i * imageBytes;
    switch (type) {
      case U8 -> {
        frame(batch, at);
        int width = CHANNELS * input.side();
        for (int y = 0; y < input.side(); y++) {
          MemorySegment.copy(image.rgb(), y * width, batch, JAVA_BYTE, row(at, y), width);
        }
      }
      case BF16 -> bfloats(image.rgb(), batch, at);
      default -> floats(image.rgb(), batch, at);
    }
  }

  private void bfloats(byte[] rgb, MemorySegment batch, long at) {
    short[] row = new short[CHANNELS * input.side()];
    for (int y = 0; y < input.side(); y++) {
      int from = y * row.length;
      for (int x = 0; x < row.length; x += CHANNELS) {
        row[x] = bfloats[rgb[from + x] & 0xff];
        row[x + 1] = bfloats[BYTES + (rgb[from + x + 1] & 0xff)];
        row[x + 2] = bfloats[2 * BYTES + (rgb[from + x + 2] & 0xff)];
      }
      MemorySegment.copy(row, 0, batch, JAVA_SHORT, row(at, y), row.length);
    }
  }

  private void floats(byte[] rgb, MemorySegment batch, long at) {
    float[] row = new float[CHANNELS * input.side()];
    for (int y = 0; y < input.side(); y++) {
      int from = y * row.length;
      for (int x = 0; x < row.length; x++) {
        row[x] = DType.unsigned(rgb[from + x]) * scales[x] + shifts[x];
      }
      MemorySegment.copy(row, 0, batch, JAVA_FLOAT, row(at, y), row.length);
    }
  }

  /**
   * Writes standardised values; in bytes those that an image would have had.
   *
   * @param planes (3, side, side) from {@code from} on
   */
  void write(float[] planes, int from, MemorySegment batch, int i) {
    long at = (long) i * imageBytes;
    int side = input.side();
    if (bytes()) {
      frame(batch, at);
    }
    float[] row = new float[CHANNELS * side];
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < row.length; x++) {
        float value = planes[from + (x % CHANNELS * side + y) * side + x / CHANNELS];
        row[x] = bytes() ? (value - shifts[x]) / scales[x] : value;
      }
      type.write(row, batch, row(at, y));
    }
  }

  /** Where a row of the image lies inside its frame. */
  private long row(long image, int y) {
    long pixel = (long) (y + input.frame()) * input.framedSide() + input.frame();
    return image + pixel * CHANNELS * type.bytes();
  }

  private void frame(MemorySegment batch, long at) {
    int side = input.framedSide();
    byte[] row = colour;
    int edge = CHANNELS * input.frame();
    for (int y = 0; y < side; y++) {
      long start = at + (long) y * row.length;
      if (y < input.frame() || y >= side - input.frame()) {
        MemorySegment.copy(row, 0, batch, JAVA_BYTE, start, row.length);
      } else {
        MemorySegment.copy(row, 0, batch, JAVA_BYTE, start, edge);
        MemorySegment.copy(row, 0, batch, JAVA_BYTE, start + row.length - edge, edge);
      }
    }
  }
}
