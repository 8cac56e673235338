package io.github.resnetserving.graph;

import io.github.resnetserving.engine.FormulaNetwork;
import io.github.resnetserving.models.Calibration.ActivationRange;
import io.github.resnetserving.models.Normalization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/** Weights for lowerings whose text alone is looked at, and for those that compute. */
public final class TestWeights {

  private TestWeights() {}

  /** No weights at all. */
  public static Folding none() {
    return new Folding(Map.of());
  }

  /** A tensor of a network as it is. */
  public static float[] values(Network network, String tensor) {
    return network.folding().values(tensor);
  }

  /**
   * Weights by formula in 8 bits, with the same range for each activation, from 0 to a highest
   * value.
   */
  public static Quantization uniform(Topology topology, int side, double high) {
    Map<String, ActivationRange> ranges = new HashMap<>();
    topology.convolutions().forEach(c -> ranges.put(c.name(), new ActivationRange(0, high)));
    try (FormulaNetwork formula = FormulaNetwork.of(topology)) {
      return formula
          .network()
          .calibrated(ranges)
          .quantized(Graph.of(topology, side), Normalization.IMAGENET);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
