package io.github.resnetserving.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.lang.foreign.MemorySegment;

/**
 * An image as stored, in the memory of a {@link DecodeBuffers}: it ends when that is given back.
 *
 * @param height rows
 * @param width columns
 * @param rgb (height, width, 3) unsigned bytes, row-major, red first
 */
record Bitmap(int height, int width, MemorySegment rgb) {

  /** An image in an array, which lives as long as anyone needs it. */
  static Bitmap of(Pixels pixels) {
    return new Bitmap(pixels.height(), pixels.width(), MemorySegment.ofArray(pixels.rgb()));
  }

  /** Writes pixels of a row from its column {@code x} on. */
  void put(int y, int x, byte[] line, int columns) {
    MemorySegment.copy(line, 0, rgb, JAVA_BYTE, at(y, x), columns * 3);
  }

  /** Reads pixels of a row from its column {@code x} on. */
  void get(int y, int x, int columns, byte[] to, int offset) {
    MemorySegment.copy(rgb, JAVA_BYTE, at(y, x), to, offset, columns * 3);
  }

  private long at(int y, int x) {
    return ((long) y * width + x) * 3;
  }

  /**
   * A rectangle of an image, in pixels.
   *
   * @param left first column
   * @param top first row
   * @param width columns
   * @param height rows
   */
  record Window(int left, int top, int width, int height) {}
}
