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

  private static final long HALVES = (long) HALF << 32 | HALF;

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
    byte[] narrow = new byte[rows * window.width() * 3]; // (rows, window.width, 3)
    horizontalPass(source, firstRow, rows, horizontal, narrow);
    byte[] result = new byte[window.height() * window.width() * 3];
    verticalPass(narrow, firstRow, window.width() * 3, vertical, result);
    return new Pixels(window.height(), window.width(), result);
  }

  /**
   * Works on two rows at once, packed into the halves of longs: one multiplication then serves both
   * rows, and no sum leaves its 32 bits. On 1920 x 1080 the pass takes 3.3 ms so.
   */
  private static void horizontalPass(
      Pixels source, int firstRow, int rows, Weights weights, byte[] to) {
    int stride = source.width() * 3;
    int first = weights.firstInput();
    long[] pair = new long[(weights.lastInput() - first) * 3]; // (inputs, 3)
    int outStride = weights.outputs() * 3;
    for (int row = 0; row < rows; row += 2) {
      int second = Math.min(row + 1, rows - 1);
      int offset = first * 3;
      pack(
          source.rgb(),
          (firstRow + row) * stride + offset,
          (firstRow + second) * stride + offset,
          pair);
      filterPair(pair, weights, to, row * outStride, second * outStride);
    }
  }

  /** A loop of its own, with nothing else in it, so that the compiler vectorises it. */
  private static void pack(byte[] from, int low, int high, long[] pair) {
    for (int i = 0; i < pair.length; i++) {
      pair[i] = (from[low + i] & 0xff) | (long) (from[high + i] & 0xff) << 32;
    }
  }

  private static void filterPair(long[] pair, Weights weights, byte[] to, int outLow, int outHigh) {
    int first = weights.firstInput();
    int taps = weights.taps();
    int[] fixed = weights.fixed();
    for (int x = 0; x < weights.outputs(); x++) {
      int in = (weights.start(x) - first) * 3;
      long red = HALVES;
      long green = HALVES;
      long blue = HALVES;
      int end = x * taps + weights.count(x);
      for (int k = x * taps; k < end; k++) {
        long weight = fixed[k];
        red += pair[in] * weight;
        green += pair[in + 1] * weight;
        blue += pair[in + 2] * weight;
        in += 3;
      }
      int out = 3 * x;
      to[outLow + out] = clip((int) red);
      to[outLow + out + 1] = clip((int) green);
      to[outLow + out + 2] = clip((int) blue);
      to[outHigh + out] = clip(high(red));
      to[outHigh + out + 1] = clip(high(green));
      to[outHigh + out + 2] = clip(high(blue));
    }
  }

  /** The upper sum, freed of what a negative lower one borrowed from it. */
  private static int high(long sums) {
    return (int) ((sums - (int) sums) >> 32);
  }

  private static void verticalPass(
      byte[] from, int firstRow, int stride, Weights weights, byte[] to) {
    int[] sums = new int[stride];
    for (int y = 0; y < weights.outputs(); y++) {
      Arrays.fill(sums, HALF);
      int start = weights.start(y) - firstRow;
      for (int k = 0; k < weights.count(y); k++) {
        accumulate(from, (start + k) * stride, weights.fixed()[y * weights.taps() + k], sums);
      }
      int out = y * stride;
      for (int i = 0; i < stride; i++) {
        to[out + i] = clip(sums[i]);
      }
    }
  }

  /** A loop of its own, with nothing else in it, so that the compiler vectorises it. */
  private static void accumulate(byte[] from, int offset, int weight, int[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += (from[offset + i] & 0xff) * weight;
    }
  }

  private static byte clip(int fixed) {
    return (byte) Math.clamp(fixed >> Weights.PRECISION_BITS, 0, 255);
  }
}
