package io.github.resnetserving.checkpoint;

import io.github.resnetserving.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A named array in an open {@link Checkpoint}: a view of the file, read when asked for.
 *
 * <p>Immutable and safe for use by many threads, until its checkpoint is closed.
 */
public final class Tensor {

  private final String name;
  private final DType dtype;
  private final Layout layout;
  private final MemorySegment storage;

  /** The layout must have been made for a storage of this size. */
  Tensor(String name, DType dtype, Layout layout, MemorySegment storage) {
    this.name = name;
    this.dtype = dtype;
    this.layout = layout;
    this.storage = storage;
  }

  /** The name in the state dict, without the prefixes of wrappers. */
  public String name() {
    return name;
  }

  /** The sizes of the dimensions, outermost first; empty for a scalar. */
  public List<Integer> shape() {
    return layout.shape();
  }

  public DType dtype() {
    return dtype;
  }

  /** The number of elements: the product of the shape. */
  public int count() {
    return layout.count();
  }

  /**
   * Copies the elements out in row-major order, each as the float nearest to it.
   *
   * @return a new array of {@link #count()} elements
   * @throws IllegalStateException if the checkpoint has been closed
   */
  public float[] toFloats() {
    float[] values = new float[layout.count()];
    int bytes = dtype.bytes();
    if (layout.isRowMajor()) {
      dtype.read(storage, layout.offset() * bytes, values);
    } else {
      layout.forEach((index, element) -> values[index] = dtype.get(storage, element * bytes));
    }
    return values;
  }

  /**
   * Copies the elements out in row-major order as they are, little-endian.
   *
   * @throws IllegalStateException if the checkpoint has been closed
   * @throws ArithmeticException if they are 2 GiB or more
   */
  byte[] toBytes() {
    int bytes = dtype.bytes();
    byte[] values = new byte[Math.multiplyExact(layout.count(), bytes)];
    MemorySegment target = MemorySegment.ofArray(values);
    if (layout.isRowMajor()) {
      MemorySegment.copy(storage, layout.offset() * bytes, target, 0, values.length);
    } else {
      layout.forEach((index, element) ->
          MemorySegment.copy(storage, element * bytes, target, (long) index * bytes, bytes));
    }
    return values;
  }

  /**
   * The elements where they lie in the file, in row-major order and little-endian. Nothing is
   * copied; the memory may be read until the checkpoint is closed.
   *
   * @throws IllegalStateException if they lie in another order, as they may in torch's files
   */
  public MemorySegment memory() {
    if (!layout.isRowMajor()) {
      throw new IllegalStateException(name + " does not lie in row-major order");
    }
    return storage.asSlice(layout.offset() * dtype.bytes(), (long) count() * dtype.bytes());
  }

  /**
   * The same elements in another shape.
   *
   * @throws IllegalArgumentException if it has another number of elements
   */
  public Tensor reshaped(List<Integer> shape) {
    return new Tensor(name, DType.F32, rowMajor(shape), encoded(toFloats()));
  }

  /**
   * A tensor of this name and shape whose elements are in memory, as float32.
   *
   * @param values in row-major order
   */
  public Tensor withValues(float[] values) {
    return new Tensor(name, DType.F32, rowMajor(shape()), encoded(values));
  }

  private static MemorySegment encoded(float[] values) {
    return MemorySegment.ofArray(DType.F32.encode(values));
  }

  private Layout rowMajor(List<Integer> shape) {
    try {
      return Layout.rowMajor(shape.stream().mapToLong(Integer::longValue).toArray(), count());
    } catch (WeightsException e) {
      throw new IllegalArgumentException("%s as %s: %s".formatted(this, shape, e.getMessage()), e);
    }
  }

  /** This tensor under another name. */
  Tensor named(String other) {
    return new Tensor(other, dtype, layout, storage);
  }

  @Override
  public String toString() {
    return name + " " + dtype + shape();
  }
}
