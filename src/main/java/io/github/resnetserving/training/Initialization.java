package io.github.resnetserving.training;

import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.graph.Topology;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.DoubleSupplier;

/**
 * Weights to start from: normal with variance 2 / fan-out, as torchvision has it, for convolutions
 * (He et al. 2015, arXiv 1502.01852), the identity for batch norms, uniform in 1 / √fan-in for the
 * classifier.
 */
public final class Initialization {

  private Initialization() {}

  /** One tensor for each that the network needs; the same for the same seed. */
  public static SequencedMap<String, FloatTensor> random(Topology topology, long seed) {
    return random(topology, seed, /* zeroLastScale= */ false);
  }

  /**
   * One tensor for each that the network needs; the same for the same seed.
   *
   * @param zeroLastScale whether each block begins as its shortcut, because the last scale of its
   *     body is zero (Goyal et al. 2017, arXiv 1706.02677, section 5.1; torchvision's {@code
   *     zero_init_residual}). In a pre-activated block that is its last convolution
   */
  public static SequencedMap<String, FloatTensor> random(
      Topology topology, long seed, boolean zeroLastScale) {
    Set<String> zeros = zeroLastScale ? Set.copyOf(topology.lastScales()) : Set.of();
    Random random = new Random(seed);
    SequencedMap<String, FloatTensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, List<Integer>> entry : topology.tensors().entrySet()) {
      List<Integer> shape = entry.getValue();
      float[] values = new float[shape.stream().reduce(1, Math::multiplyExact)];
      String name = entry.getKey();
      if (shape.size() == 4) {
        double deviation = Math.sqrt(2.0 / (shape.get(0) * shape.get(2) * shape.get(3)));
        fill(values, () -> random.nextGaussian() * deviation);
      } else if (name.startsWith(topology.classifier())) {
        double bound = 1 / Math.sqrt(topology.width());
        fill(values, () -> (2 * random.nextDouble() - 1) * bound);
      } else if (name.endsWith(".running_var") || name.endsWith(".weight")) {
        Arrays.fill(values, 1);
      }
      if (zeros.contains(name)) {
        Arrays.fill(values, 0);
      }
      tensors.put(name, new FloatTensor(shape, values));
    }
    return tensors;
  }

  private static void fill(float[] values, DoubleSupplier supplier) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) supplier.getAsDouble();
    }
  }
}
