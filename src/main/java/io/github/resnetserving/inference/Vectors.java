package io.github.resnetserving.inference;

import java.util.List;

/** Arithmetic on features. */
final class Vectors {

  private Vectors() {}

  /**
   * One vector for several of the same length: their mean, scaled to a Euclidean length of 1 or
   * not.
   */
  static float[] summary(List<float[]> vectors, boolean l2) {
    float[] mean = vectors.size() == 1 ? vectors.getFirst() : mean(vectors);
    return l2 ? normalized(mean) : mean;
  }

  private static float[] mean(List<float[]> vectors) {
    float[] mean = new float[vectors.getFirst().length];
    for (int i = 0; i < mean.length; i++) {
      double sum = 0;
      for (float[] vector : vectors) {
        sum += vector[i];
      }
      mean[i] = (float) (sum / vectors.size());
    }
    return mean;
  }

  private static float[] normalized(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    double length = Math.sqrt(squares);
    float[] scaled = new float[vector.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = length == 0 ? 0 : (float) (vector[i] / length); // no direction: stays zero
    }
    return scaled;
  }
}
