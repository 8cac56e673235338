package io.github.resnetserving.image;

import io.github.resnetserving.image.Bitmap.Window;
import io.github.resnetserving.image.DecodeBuffers.Scratch;
import io.github.resnetserving.models.Preprocessing.Interpolation;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.util.Arrays;

/**
 * Antialiased resizing of 8-bit pixels, with the arithmetic of Pillow's {@code Image.resize}: two
 * passes, horizontal first, weights in 22-bit fixed point, rounded and clipped to bytes after each
 * pass. Only the pixels that the wanted window needs are computed, and they equal those of the full
 * resize bit for bit, since every output pixel depends on its own weights alone.
 *
 * <p>Not thread-safe: it keeps what it computes with, of which only results are handed out. Weights
 * are kept as well, since images of one size often come in a row.
 */
final class Resampler {

  private static final int HALF = 1 << (Weights.PRECISION_BITS - 1);

  /** Rows that the horizontal pass takes at once: what they need fits a core's second cache. */
  static final int BLOCK = 64;

  /** Inputs of a pass are less this, so that they are signed bytes. */
  private static final int OFFSET = 128;

  private final Scratch narrow = new Scratch();
  private final Scratch block = new Scratch();
  private final Scratch stored = new Scratch();
  private final Scratch turned = new Scratch();
  private final Scratch turnedResult = new Scratch();
  private double[] sums = {};
  private Weights vertical = Weights.NONE;
  private Weights horizontal = Weights.NONE;

  /**
   * Resizes, then cuts out a window.
   *
   * @param width columns after the resize
   * @param height rows after the resize
   * @param window what to keep of the resized image; inside it
   * @return (window.height, window.width, 3)
   */
  Pixels resize(Upright source, int width, int height, Interpolation interpolation, Window window) {
    vertical =
        vertical.orOf(
            new Weights.Line(
                source.height(), height, interpolation, window.top(), window.height()));
    horizontal =
        horizontal.orOf(
            new Weights.Line(source.width(), width, interpolation, window.left(), window.width()));
    int firstRow = vertical.firstInput();
    int rows = vertical.lastInput() - firstRow;
    byte[] rowsNarrowed = // (rows, window.width, 3), less OFFSET
        narrow.atLeast(rows * window.width() * 3);
    horizontalPass(source, firstRow, rows, rowsNarrowed);
    byte[] result = new byte[window.height() * window.width() * 3];
    weighLines(rowsNarrowed, firstRow, window.width() * 3, vertical, OFFSET, result);
    return new Pixels(window.height(), window.width(), result);
  }

  /**
   * Works on blocks of rows, transposed, so that one weight applies to a run of memory as it does
   * in the vertical pass.
   */
  private void horizontalPass(Upright source, int firstRow, int rows, byte[] to) {
    int firstColumn = horizontal.firstInput();
    int columns = horizontal.lastInput() - firstColumn;
    int stride = columns * 3;
    int outStride = horizontal.outputs() * 3;
    int lanes = Math.min(BLOCK, Math.ceilDiv(rows, Long.BYTES) * Long.BYTES); // rows at once
    byte[] from = block.atLeast(stride * Math.min(lanes, rows)); // (lanes, columns, 3)
    byte[] across = turned.atLeast(stride * lanes); // (columns, 3, lanes), less OFFSET
    byte[] result = turnedResult.atLeast(outStride * lanes); // (outputs, 3, lanes), less OFFSET
    for (int row = 0; row < rows; row += lanes) {
      int height = Math.min(lanes, rows - row);
      source.read(new Window(firstColumn, firstRow + row, columns, height), from, stored);
      Transposition.transpose(from, 0, stride, height, stride, (byte) OFFSET, across, 0, lanes);
      weighLines(across, firstColumn, 3 * lanes, horizontal, 0, result);
      Transposition.transpose(
          result, 0, lanes, outStride, height, (byte) 0, to, row * outStride, outStride);
    }
  }

  /**
   * Each output line is the weighted sum of input lines.
   *
   * @param from (lines, length), less OFFSET
   * @param firstLine the line of the whole image that comes first in {@code from}
   * @param offset what to add to the results, which are less OFFSET too
   * @param to (weights.outputs, length)
   */
  private void weighLines(
      byte[] from, int firstLine, int length, Weights weights, int offset, byte[] to) {
    if (sums.length < length) {
      sums = new double[length];
    }
    for (int output = 0; output < weights.outputs(); output++) {
      int line = weights.start(output) - firstLine;
      int first = output * weights.taps();
      int end = first + weights.count(output);
      int total = 0;
      for (int k = first; k < end; k++) {
        total += weights.fixed()[k];
      }
      Arrays.fill(sums, 0, length, HALF + total * OFFSET);
      for (int k = first; k < end; k++) {
        accumulate(from, (line + k - first) * length, weights.fixed()[k], sums, length);
      }
      store(sums, length, offset - OFFSET, to, output * length);
    }
  }

  /**
   * A loop of its own, with nothing else in it, so that the compiler vectorises it. It does so for
   * signed bytes into doubles, not for unsigned bytes or into ints; and the sums, integers of 32
   * bits, are exact in double.
   */
  private static void accumulate(
      byte[] signed, int offset, double weight, double[] sums, int length) {
    for (int i = 0; i < length; i++) {
      sums[i] += signed[offset + i] * weight;
    }
  }

  private static void store(double[] sums, int length, int offset, byte[] to, int first) {
    for (int i = 0; i < length; i++) {
      int pixel = Math.clamp((int) sums[i] >> Weights.PRECISION_BITS, 0, 255);
      to[first + i] = (byte) (pixel + offset);
    }
  }
}
