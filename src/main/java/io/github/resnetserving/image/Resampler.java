package io.github.resnetserving.image;

import io.github.resnetserving.model.Interpolation;
import io.github.resnetserving.model.Pixels;
import java.util.Arrays;

/**
 * Antialiased resizing of 8-bit pixels, with the arithmetic of Pillow's {@code Image.resize}: two
 * passes, horizontal first, weights in 22-bit fixed point, rounded and clipped to bytes after each
 * pass. Only the pixels that the wanted window needs are computed, and they equal those of the full
 * resize bit for bit, since every output pixel depends on its own weights alone.
 */
final class Resampler {

  private static final int HALF = 1 << (Weights.PRECISION_BITS - 1);

  /** Rows that the horizontal pass takes at once: what they need fits a core's second cache. */
  private static final int BLOCK = 64;

  /** Inputs of a pass are less this, so that they are signed bytes. */
  private static final int OFFSET = 128;

  private Resampler() {}

  /**
   * Resizes, then cuts out a window.
   *
   * @param source (h, w, 3)
   * @param width columns after the resize
   * @param height rows after the resize
   * @param window what to keep of the resized picture; inside it
   * @return (window.height, window.width, 3)
   */
  static Pixels resize(
      Pixels source, int width, int height, Interpolation interpolation, Window window) {
    Weights vertical =
        Weights.of(source.height(), height, interpolation, window.top(), window.height());
    Weights horizontal =
        Weights.of(source.width(), width, interpolation, window.left(), window.width());
    int firstRow = vertical.firstInput();
    int rows = vertical.lastInput() - firstRow;
    byte[] narrow = new byte[rows * window.width() * 3]; // (rows, window.width, 3), less OFFSET
    horizontalPass(source, firstRow, rows, horizontal, narrow);
    byte[] result = new byte[window.height() * window.width() * 3];
    verticalPass(narrow, firstRow, window.width() * 3, vertical, result);
    return new Pixels(window.height(), window.width(), result);
  }

  /**
   * Works on blocks of rows, transposed, so that one weight applies to a run of memory as it does
   * in the vertical pass.
   */
  private static void horizontalPass(
      Pixels source, int firstRow, int rows, Weights weights, byte[] to) {
    int stride = source.width() * 3;
    int firstColumn = weights.firstInput();
    int columns = weights.lastInput() - firstColumn;
    int outStride = weights.outputs() * 3;
    byte[] turned = new byte[columns * 3 * BLOCK]; // (columns, 3, BLOCK), less OFFSET
    byte[] turnedResult = new byte[outStride * BLOCK]; // (outputs, 3, BLOCK), less OFFSET
    for (int row = 0; row < rows; row += BLOCK) {
      int height = Math.min(BLOCK, rows - row);
      int corner = (firstRow + row) * stride + firstColumn * 3;
      Transposition.transpose(
          source.rgb(), corner, stride, height, columns * 3, (byte) OFFSET, turned, 0, BLOCK);
      weighLines(turned, firstColumn, 3 * BLOCK, weights, 0, turnedResult);
      Transposition.transpose(
          turnedResult, 0, BLOCK, outStride, height, (byte) 0, to, row * outStride, outStride);
    }
  }

  private static void verticalPass(
      byte[] from, int firstRow, int stride, Weights weights, byte[] to) {
    weighLines(from, firstRow, stride, weights, OFFSET, to);
  }

  /**
   * Each output line is the weighted sum of input lines.
   *
   * @param from (lines, length), less OFFSET
   * @param firstLine the line of the whole picture that comes first in {@code from}
   * @param offset what to add to the results, which are less OFFSET too
   * @param to (weights.outputs, length)
   */
  private static void weighLines(
      byte[] from, int firstLine, int length, Weights weights, int offset, byte[] to) {
    double[] sums = new double[length];
    for (int output = 0; output < weights.outputs(); output++) {
      int line = weights.start(output) - firstLine;
      int first = output * weights.taps();
      int end = first + weights.count(output);
      int total = 0;
      for (int k = first; k < end; k++) {
        total += weights.fixed()[k];
      }
      Arrays.fill(sums, HALF + total * OFFSET);
      for (int k = first; k < end; k++) {
        accumulate(from, (line + k - first) * length, weights.fixed()[k], sums);
      }
      store(sums, offset - OFFSET, to, output * length);
    }
  }

  /**
   * A loop of its own, with nothing else in it, so that the compiler vectorises it. It does so for
   * signed bytes into doubles, not for unsigned bytes or into ints; and the sums, integers of 32
   * bits, are exact in double.
   */
  private static void accumulate(byte[] signed, int offset, double weight, double[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += signed[offset + i] * weight;
    }
  }

  private static void store(double[] sums, int offset, byte[] to, int first) {
    for (int i = 0; i < sums.length; i++) {
      int pixel = Math.clamp((int) sums[i] >> Weights.PRECISION_BITS, 0, 255);
      to[first + i] = (byte) (pixel + offset);
    }
  }
}
