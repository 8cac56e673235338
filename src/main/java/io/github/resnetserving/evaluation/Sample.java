package io.github.resnetserving.evaluation;

import io.github.resnetserving.confidence.Temperature;
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
 * @param features (width,) global average pool of each view; not copied
 */
public record Sample(Image image, List<float[]> logits, List<float[]> features) {

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

  /** Makes a sample of an image whose features are not wanted. */
  public Sample(Image image, List<float[]> logits) {
    this(image, logits, List.of());
  }

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if there is no view, or a number that is not finite
   */
  public Sample {
    logits = List.copyOf(logits);
    features = List.copyOf(features);
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
  List<Prediction> top(Labels labels, int most, double temperature) {
    return Ranking.topOfMean(logits, labels, Math.min(most, labels.count()), temperature);
  }

  /**
   * Cross entropy at a temperature: minus the natural logarithm of the right class's mean
   * probability. It is finite even where the probability is too small for a double.
   */
  double logLoss(double temperature) {
    return temperature == Temperature.NONE ? -logMean(image.label()) : temperedLogLoss(temperature);
  }

  private double temperedLogLoss(double temperature) {
    double[] powers = new double[logits.getFirst().length];
    for (int i = 0; i < powers.length; i++) {
      powers[i] = logMean(i) / temperature;
    }
    return logOfSum(powers) - powers[image.label()];
  }

  /** The logarithm of a class's mean probability. */
  private double logMean(int index) {
    double[] logs = new double[logits.size()];
    for (int i = 0; i < logs.length; i++) {
      float[] row = logits.get(i);
      double[] all = new double[row.length];
      for (int k = 0; k < all.length; k++) {
        all[k] = row[k];
      }
      logs[i] = row[index] - logOfSum(all);
    }
    return logOfSum(logs) - Math.log(logs.length);
  }

  /** One less the first view's largest probability, exact where that is nearly 1. */
  double doubt() {
    float[] row = logits.getFirst();
    double largest = Double.NEGATIVE_INFINITY;
    for (float logit : row) {
      largest = Math.max(largest, logit);
    }
    double others = 0;
    boolean skipped = false;
    for (float logit : row) {
      if (logit == largest && !skipped) {
        skipped = true;
      } else {
        others += Math.exp(logit - largest);
      }
    }
    return others / (1 + others);
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
