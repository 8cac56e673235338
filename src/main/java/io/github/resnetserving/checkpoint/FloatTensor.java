package io.github.resnetserving.checkpoint;

import java.util.List;

/**
 * An array to be written. Holds the given array, not a copy, and compares it by identity.
 *
 * @param shape the sizes of the dimensions, outermost first; empty for a scalar
 * @param values the elements in row-major order, as many as the shape says
 */
@SuppressWarnings("ArrayRecordComponent") // Weights are large, and are written once.
public record FloatTensor(List<Integer> shape, float[] values) {

  public FloatTensor {
    shape = List.copyOf(shape);
    long count = 1;
    for (int size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException("the shape %s has a negative size".formatted(shape));
      }
      count = Math.multiplyExact(count, (long) size);
    }
    if (count != values.length) {
      throw new IllegalArgumentException(
          "the shape %s takes %d values, not %d".formatted(shape, count, values.length));
    }
  }
}
