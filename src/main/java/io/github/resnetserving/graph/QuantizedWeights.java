package io.github.resnetserving.graph;

/**
 * A convolution's folded weights as signed bytes, symmetric about zero, with a scale of its own for
 * each output channel (Krishnamoorthi 2018, arXiv 1806.08342, section 3.1).
 *
 * @param values whole numbers from -127 to 127, in the weight's order
 * @param scales one for each output channel
 */
@SuppressWarnings("ArrayRecordComponent") // a scratch value
record QuantizedWeights(float[] values, float[] scales) {

  private static final int STEPS = 127;

  static QuantizedWeights of(float[] weights, int outputs) {
    int each = weights.length / outputs;
    float[] values = new float[weights.length];
    float[] scales = new float[outputs];
    for (int k = 0; k < outputs; k++) {
      float largest = 0;
      for (int i = k * each; i < (k + 1) * each; i++) {
        largest = Math.max(largest, Math.abs(weights[i]));
      }
      scales[k] = largest == 0 ? 1 : largest / STEPS;
      for (int i = k * each; i < (k + 1) * each; i++) {
        values[i] = (float) Math.rint(weights[i] / scales[k]);
      }
    }
    return new QuantizedWeights(values, scales);
  }

  /** By how much the i-th weight is larger than the one it stands for. */
  double error(float[] weights, int i) {
    return (double) values[i] * scales[i / (values.length / scales.length)] - weights[i];
  }
}
