package io.github.resnetserving.checkpoint;

import io.github.resnetserving.tensor.DType;
import java.util.List;
import java.util.function.Supplier;

/**
 * A tensor to be written, whose elements are made when they are written, so that only one tensor is
 * in memory at a time.
 *
 * @param shape the sizes of the dimensions, outermost first; empty for a scalar
 * @param elements gives the elements in row-major order, little-endian, as many as the shape says
 */
public record TensorSource(DType dtype, List<Integer> shape, Supplier<byte[]> elements) {

  public TensorSource {
    shape = List.copyOf(shape);
  }

  /** Values that are rounded to the nearest element of the type. */
  public static TensorSource of(DType dtype, List<Integer> shape, Supplier<float[]> values) {
    return new TensorSource(dtype, shape, () -> dtype.encode(values.get()));
  }

  /** Values that are in memory. */
  public static TensorSource of(FloatTensor tensor) {
    return of(DType.F32, tensor.shape(), tensor::values);
  }

  /** A convolution's kernel for inputs whose channels come in the other order. */
  public TensorSource withReversedInputs() {
    int inputs = shape.get(1);
    int area = dtype.bytes() * shape.get(2) * shape.get(3); // bytes of one channel's kernel
    return new TensorSource(
        dtype,
        shape,
        () -> {
          byte[] from = elements.get();
          byte[] to = new byte[from.length];
          for (int at = 0; at < shape.getFirst() * inputs; at++) {
            int mirrored = at - at % inputs + inputs - 1 - at % inputs;
            System.arraycopy(from, at * area, to, mirrored * area, area);
          }
          return to;
        });
  }

  /** The number of elements: the product of the shape. */
  public long count() {
    return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
  }

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
}
