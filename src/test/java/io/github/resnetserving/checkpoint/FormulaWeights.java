package io.github.resnetserving.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;

/**
 * Weights that any language can recompute: a value is a hash of its tensor's name and its place.
 * The formula is written out in {@code reference/weights_by_formula.py}; the seed is 0.
 */
public final class FormulaWeights {

  private FormulaWeights() {}

  /**
   * The values of a tensor in row-major order.
   *
   * @param name the name in the state dict, which decides the tensor's role
   * @param bottleneck whether the network's blocks have three convolutions, not two
   */
  public static float[] values(String name, List<Integer> shape, boolean bottleneck) {
    int count = shape.stream().reduce(1, Math::multiplyExact);
    float[] values = new float[count];
    if (name.endsWith("num_batches_tracked")) {
      return values;
    }
    boolean last =
        name.endsWith(bottleneck ? ".bn3.weight" : ".bn2.weight") && name.startsWith("layer");
    double[] bounds = bounds(name, shape, last);
    double low = bounds[0];
    double high = bounds[1];
    long base = fnv1a64(name);
    for (int i = 0; i < count; i++) {
      values[i] = (float) (low + (high - low) * unit(base + i * 0x9E3779B97F4A7C15L));
    }
    return values;
  }

  private static double[] bounds(String name, List<Integer> shape, boolean last) {
    if (shape.size() == 4) {
      double a = Math.sqrt(6.0 / (shape.get(1) * shape.get(2) * shape.get(3)));
      return new double[] {-a, a};
    }
    if (shape.size() == 2) {
      double b = 4 * Math.sqrt(3.0 / shape.get(1));
      return new double[] {-b, b};
    }
    if (name.endsWith("running_var")) {
      return new double[] {0.8, 1.2};
    }
    if (name.endsWith("running_mean") || name.endsWith("bias")) {
      return new double[] {-0.1, 0.1};
    }
    return last ? new double[] {0.1, 0.3} : new double[] {0.8, 1.2};
  }

  private static long fnv1a64(String text) {
    long hash = 0xCBF29CE484222325L;
    for (byte b : text.getBytes(UTF_8)) {
      hash = (hash ^ Byte.toUnsignedLong(b)) * 0x100000001B3L;
    }
    return hash;
  }

  /** splitmix64, reduced to 24 bits in [0, 1). */
  private static double unit(long state) {
    long z = state + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    z = z ^ (z >>> 31);
    return (z >>> 40) / 0x1p24;
  }
}
