package io.github.resnetserving.checkpoint;

import java.util.Arrays;
import java.util.List;

/**
 * Where a tensor's elements lie in its storage: shape, strides and offset, counted in elements.
 * Once made it is known to lie inside the storage, so readers need not check again. Immutable.
 */
final class Layout {

  /** Java arrays end a little below 2³¹ elements. */
  static final int MAX_COUNT = Integer.MAX_VALUE - 8;

  /** Generous: a convolution's weight has 4. */
  private static final int MAX_DIMENSIONS = 32;

  /** A view may repeat elements (stride 0), but a small file must not ask for all memory. */
  private static final int MAX_REPEATED = 1 << 20;

  private final List<Integer> shape;
  private final long[] strides;
  private final long offset;
  private final int count;

  private Layout(List<Integer> shape, long[] strides, long offset, int count) {
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.count = count;
  }

  /** Elements one after another from the storage's start, the last dimension running fastest. */
  static Layout rowMajor(long[] shape, long available) throws WeightsException {
    long[] strides = new long[shape.length];
    long stride = 1;
    count(shape);
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= Math.max(shape[i], 1);
    }
    return strided(shape, strides, 0, available);
  }

  /**
   * Any view of a storage of {@code available} elements.
   *
   * @throws WeightsException if the view is malformed or leaves the storage
   */
  static Layout strided(long[] shape, long[] strides, long offset, long available)
      throws WeightsException {
    int count = count(shape);
    if (strides.length != shape.length) {
      throw new WeightsException(
          "it has %d dimensions but %d strides".formatted(shape.length, strides.length));
    }
    long last = count == 0 ? offset - 1 : lastElement(shape, strides, offset);
    if (offset < 0 || last >= available) {
      throw new WeightsException(
          ("its elements reach from %d to %d, outside its storage of %d elements:"
                  + " the file is damaged")
              .formatted(offset, last, available));
    }
    if (count > available && count > MAX_REPEATED) {
      throw new WeightsException(
          "its %d elements repeat a storage of %d: save it as .contiguous()"
              .formatted(count, available));
    }
    return new Layout(
        Arrays.stream(shape).mapToObj(Math::toIntExact).toList(), strides.clone(), offset, count);
  }

  private static int count(long[] shape) throws WeightsException {
    if (shape.length > MAX_DIMENSIONS) {
      throw new WeightsException(
          "it has %d dimensions, more than %d".formatted(shape.length, MAX_DIMENSIONS));
    }
    long count = 1;
    boolean empty = false;
    for (long size : shape) {
      if (size < 0 || size > MAX_COUNT) {
        throw new WeightsException("its shape %s is impossible".formatted(Arrays.toString(shape)));
      }
      empty |= size == 0;
      // No product of two numbers below 2³¹ overflows, and any above it is refused.
      count *= Math.max(size, 1);
      if (count > MAX_COUNT) {
        throw new WeightsException(
            "its shape %s has more than %d elements".formatted(Arrays.toString(shape), MAX_COUNT));
      }
    }
    return empty ? 0 : (int) count;
  }

  private static long lastElement(long[] shape, long[] strides, long offset)
      throws WeightsException {
    long last = offset;
    for (int i = 0; i < shape.length; i++) {
      if (strides[i] < 0) {
        throw new WeightsException(
            "its strides %s are negative".formatted(Arrays.toString(strides)));
      }
      try {
        last = Math.addExact(last, Math.multiplyExact(strides[i], shape[i] - 1));
      } catch (ArithmeticException overflow) {
        throw new WeightsException(
            "its strides %s are impossible for its shape %s"
                .formatted(Arrays.toString(strides), Arrays.toString(shape)),
            overflow);
      }
    }
    return last;
  }

  List<Integer> shape() {
    return shape;
  }

  int count() {
    return count;
  }

  long offset() {
    return offset;
  }

  /** Whether the elements lie one after another in row-major order. */
  boolean isRowMajor() {
    long expected = 1;
    for (int i = shape.size() - 1; i >= 0; i--) {
      if (shape.get(i) != 1 && strides[i] != expected) {
        return false;
      }
      expected *= shape.get(i);
    }
    return true;
  }

  /** Calls back once an element, in row-major order. */
  void forEach(ElementVisitor visitor) {
    int dimensions = shape.size();
    int[] index = new int[dimensions];
    long element = offset;
    for (int i = 0; i < count; i++) {
      visitor.visit(i, element);
      for (int d = dimensions - 1; d >= 0; d--) {
        element += strides[d];
        if (++index[d] < shape.get(d)) {
          break;
        }
        element -= strides[d] * index[d];
        index[d] = 0;
      }
    }
  }

  /** Receives an element's place in row-major order and its place in the storage. */
  interface ElementVisitor {
    void visit(int index, long element);
  }
}
