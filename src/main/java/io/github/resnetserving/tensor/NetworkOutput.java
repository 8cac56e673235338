package io.github.resnetserving.tensor;

/**
 * What one forward pass gives for one image. The arrays are not copied.
 *
 * @param logits (classes,) the classifier's scores, before softmax
 * @param features (width,) the global average pool of the last stage
 */
@SuppressWarnings("ArrayRecordComponent") // thousands of numbers on the hot path
public record NetworkOutput(float[] logits, float[] features) {

  /** Numbers scaled to a Euclidean length of 1. All zeros have no direction, and stay zeros. */
  public static float[] unit(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    double length = Math.sqrt(squares);
    float[] scaled = new float[vector.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = length == 0 ? 0 : (float) (vector[i] / length);
    }
    return scaled;
  }
}
