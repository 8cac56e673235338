package io.github.resnetserving.checkpoint.foreign;

import io.github.resnetserving.checkpoint.WeightsException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One operation of a {@link ForeignGraph}. Immutable.
 *
 * @param name what the file calls it; may be empty
 * @param kind what the file calls operations of its kind, such as {@code Conv}
 * @param inputs the activations that it reads: one, or two of an addition
 * @param output the activation that it makes
 */
public record ForeignNode(
    String name, String kind, List<String> inputs, String output, Operation operation) {

  public ForeignNode {
    inputs = List.copyOf(inputs);
  }

  /**
   * Numbers of a file, which are read when they are asked for.
   *
   * @param shape the sizes of the dimensions, outermost first
   * @param values gives the elements in row-major order, as many as the shape says
   */
  public record Array(List<Integer> shape, Supplier<float[]> values) {

    public Array {
      shape = List.copyOf(shape);
    }

    /** A matrix with rows for columns. */
    public Array transposed() {
      int rows = shape.getFirst();
      int columns = shape.getLast();
      return new Array(
          List.of(columns, rows),
          () -> {
            float[] from = values.get();
            float[] to = new float[from.length];
            for (int i = 0; i < from.length; i++) {
              to[i % columns * rows + i / columns] = from[i];
            }
            return to;
          });
    }

    /** Numbers of one dimension that are in memory. */
    public static Array of(float[] values) {
      return new Array(List.of(values.length), () -> values);
    }
  }

  /**
   * Reads the vectors of one network's norms and biases into memory, and no more than networks
   * have: a small file may name one large array many times. For use by one thread.
   */
  public static final class Vectors {

    private static final int MAX_LENGTH = 1 << 16;

    /** A norm of 2,048 channels after each of 2,000 convolutions. */
    private static final int MAX_NUMBERS = 1 << 24;

    private long numbers;

    /**
     * Reads one.
     *
     * @throws WeightsException if it is longer, or all are, than in any ResNet
     */
    public float[] read(Array vector) throws WeightsException {
      long count = vector.shape().stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
      if (count > MAX_LENGTH) {
        throw new WeightsException(
            "a norm or bias has %d numbers, more than the %d channels that a ResNet can have"
                .formatted(count, MAX_LENGTH));
      }
      charge(count);
      return vector.values().get();
    }

    void charge(long count) throws WeightsException {
      numbers += count;
      if (numbers > MAX_NUMBERS) {
        throw new WeightsException(
            "its norms and biases have more than %d numbers, which no ResNet has: an array may be named many times"
                .formatted(MAX_NUMBERS));
      }
    }
  }

  /**
   * The square window of a convolution or a pool.
   *
   * @param kernel side
   * @param stride step
   * @param before pixels of padding at the upper and left edge
   * @param after pixels of padding at the lower and right edge
   * @param ceil whether a last window may reach beyond the padding
   */
  public record Window(int kernel, int stride, int before, int after, boolean ceil) {

    /** Whether a kernel is centred, as convolutions of ours are. */
    boolean isCentred() {
      return kernel % 2 == 1 && before == kernel / 2 && after == before && !ceil;
    }
  }

  /** What a node computes. */
  public sealed interface Operation {

    /**
     * A convolution.
     *
     * @param weight (outputs, inputs of a group, kernel, kernel)
     */
    record Convolve(Array weight, @Nullable Array bias, Window window) implements Operation {}

    /** A batch norm, {@code scale · (x - mean) / √(variance + epsilon) + shift}. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Normalize(float[] scale, float[] shift, float[] mean, float[] variance, double epsilon)
        implements Operation {}

    /**
     * The classifier.
     *
     * @param weight (classes, features)
     */
    record Classify(Array weight, @Nullable Array bias) implements Operation {}

    /** The largest of each window. */
    record MaxPool(Window window) implements Operation {}

    /** The mean of what lies inside the map of each window. */
    record AveragePool(Window window) implements Operation {}

    /** Zeros around the map, as many pixels on each side. */
    record ZeroPad(int pixels) implements Operation {}

    /** An operation without settings. */
    enum Plain implements Operation {
      RELU,
      ADD,
      GLOBAL_POOL,
      /** What changes no number: flattening, dropout, a change of type. */
      PASS,
      /** What follows the logits. */
      SOFTMAX
    }

    /**
     * Any other.
     *
     * @param why a clause that says what is wrong with it
     */
    record Unknown(String why) implements Operation {

      /** A convolution or pool over another window than those of the family. */
      public static final Unknown WINDOW =
          new Unknown(
              "the window is not square, is dilated, or is padded as no network of the family pads"
                  + " it");
    }
  }

  @Override
  public String toString() {
    return name.isEmpty() ? "a node of " + kind : "%s (%s)".formatted(name, kind);
  }
}
