package io.github.resnetserving.evaluation;

import io.github.resnetserving.inference.Ranking;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Prediction;
import java.io.IOException;
import java.util.List;

/**
 * A labelled image and what a network says of it.
 *
 * @param image which it is
 * @param logits (classes,) finite scores before softmax, one row for each view; not copied
 */
public record Sample(Image image, List<float[]> logits) {

  /**
   * A labelled image.
   *
   * @param name what it is called in its source
   * @param label the right class, an index into the model's labels
   * @param file where its bytes come from
   */
  public record Image(String name, int label, Source file) {}

  /** The bytes of an image, which are read when they are wanted. */
  @FunctionalInterface
  public interface Source {
    byte[] read() throws IOException;
  }

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if there is no view, or a number that is not finite
   */
  public Sample {
    logits = List.copyOf(logits);
    if (logits.isEmpty()) {
      throw new IllegalArgumentException(image.name() + " has no logits");
    }
    for (float[] row : logits) {
      for (float logit : row) {
        if (!Float.isFinite(logit)) {
          throw new IllegalArgumentException(
              "the network's answer to %s has a logit that is %s: its weights are damaged, or the precision does not suit them"
                  .formatted(image.name(), logit));
        }
      }
    }
  }

  /** The most probable classes by the mean of the views' probabilities, best first. */
  List<Prediction> top(Labels labels, int most) {
    return Ranking.topOfMean(logits, labels, Math.min(most, labels.count()));
  }

  /**
   * Cross entropy: minus the natural logarithm of the right class's mean probability. It is finite
   * even where the probability is too small for a double.
   */
  double logLoss() {
    double[] logs = new double[logits.size()];
    for (int i = 0; i < logs.length; i++) {
      float[] row = logits.get(i);
      double[] all = new double[row.length];
      for (int k = 0; k < all.length; k++) {
        all[k] = row[k];
      }
      logs[i] = row[image.label()] - logOfSum(all);
    }
    return Math.log(logs.length) - logOfSum(logs);
  }

  /** The logarithm of the sum of exponentials, none of which overflows. */
  private static double logOfSum(double[] exponents) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double exponent : exponents) {
      largest = Math.max(largest, exponent);
    }
    double sum = 0;
    for (double exponent : exponents) {
      sum += Math.exp(exponent - largest);
    }
    return largest + Math.log(sum);
  }
}
