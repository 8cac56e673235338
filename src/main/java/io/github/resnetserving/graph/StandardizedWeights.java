package io.github.resnetserving.graph;

import io.github.resnetserving.checkpoint.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What BiT's networks (Kolesnikov et al. 2019, arXiv 1912.11370) are saved with becomes what they
 * compute with: each output's weights less their mean, divided by their deviation (weight
 * standardisation, Qiao et al. 2019, arXiv 1903.10520). Training needs the former, and serving the
 * latter alone, so that it is computed once, in double precision.
 */
final class StandardizedWeights {

  /** What BiT adds to the variance. */
  private static final double EPSILON = 1e-8;

  private StandardizedWeights() {}

  /** The tensors with standardised convolutions. */
  static SequencedMap<String, Tensor> of(SequencedMap<String, Tensor> tensors) {
    SequencedMap<String, Tensor> standardized = new LinkedHashMap<>();
    tensors.forEach((name, tensor) ->
        standardized.put(
            name,
            tensor.shape().size() == 4
                ? tensor.withValues(standardized(tensor.toFloats(), tensor.shape()))
                : tensor));
    return standardized;
  }

  private static float[] standardized(float[] weights, List<Integer> shape) {
    int each = weights.length / shape.getFirst();
    for (int from = 0; from < weights.length; from += each) {
      double mean = 0;
      for (int i = from; i < from + each; i++) {
        mean += weights[i];
      }
      mean /= each;
      double variance = 0;
      for (int i = from; i < from + each; i++) {
        variance += (weights[i] - mean) * (weights[i] - mean);
      }
      double deviation = Math.sqrt(variance / each + EPSILON);
      for (int i = from; i < from + each; i++) {
        weights[i] = (float) ((weights[i] - mean) / deviation);
      }
    }
    return weights;
  }
}
