package io.github.resnetserving.confidence;

import java.util.List;

/**
 * Temperature scaling (Guo et al. 2017, "On calibration of modern neural networks"): logits are
 * divided by one number, so that the order of the classes stays as it is. Without state.
 */
public final class Temperature {

  /** The temperature that changes nothing. */
  public static final double NONE = 1;

  /** Beyond these the images say nothing about a temperature. */
  private static final double LOWEST = 0.02;

  private static final double HIGHEST = 50;
  private static final int MOST_STEPS = 200;

  private Temperature() {}

  /**
   * The temperature of the least mean cross entropy. The cross entropy is convex in the inverse of
   * the temperature, whose derivative's root is found by Newton's method within a bracket.
   *
   * @param logits (images, classes) finite
   * @param labels (images,) the right classes
   * @throws IllegalArgumentException if there is no minimum within bounds: every answer is right,
   *     or they are no better than chance
   */
  public static double fit(List<float[]> logits, List<Integer> labels) {
    double low = 1 / HIGHEST;
    double high = 1 / LOWEST;
    if (derivatives(logits, labels, high)[0] < 0) {
      throw new IllegalArgumentException(
          "no temperature can be fitted: nearly every answer on these %d images is right; take"
                  .formatted(labels.size())
              + " images that the network did not learn from");
    }
    if (derivatives(logits, labels, low)[0] > 0) {
      throw new IllegalArgumentException(
          "no temperature can be fitted: the answers on these %d images are no better than chance;"
                  .formatted(labels.size())
              + " do the folders belong to this model's classes?");
    }
    double inverse = 1;
    for (int step = 0; step < MOST_STEPS; step++) {
      double[] slope = derivatives(logits, labels, inverse);
      if (slope[0] > 0) {
        high = inverse;
      } else {
        low = inverse;
      }
      double next = inverse - slope[0] / slope[1];
      if (!(next > low && next < high)) {
        next = (low + high) / 2;
      }
      if (Math.abs(next - inverse) <= 1e-14 * inverse) {
        return 1 / next;
      }
      inverse = next;
    }
    return 1 / inverse;
  }

  /** First and second derivative of the summed cross entropy by the inverse temperature. */
  private static double[] derivatives(List<float[]> logits, List<Integer> labels, double inverse) {
    double first = 0;
    double second = 0;
    for (int i = 0; i < logits.size(); i++) {
      float[] row = logits.get(i);
      double largest = largest(row);
      double sum = 0;
      double mean = 0;
      double square = 0;
      for (float logit : row) {
        double below = logit - largest;
        double weight = Math.exp(inverse * below);
        sum += weight;
        mean += weight * below;
        square += weight * below * below;
      }
      mean /= sum;
      first += mean - (row[labels.get(i)] - largest);
      second += square / sum - mean * mean;
    }
    return new double[] {first, second};
  }

  /** The logarithm of the sum of the logits' exponentials, which does not overflow. */
  static double logOfSum(float[] logits) {
    double largest = largest(logits);
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - largest);
    }
    return largest + Math.log(sum);
  }

  private static double largest(float[] logits) {
    double largest = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      largest = Math.max(largest, logit);
    }
    return largest;
  }
}
