package io.github.resnetserving.inference;

import io.github.resnetserving.confidence.Temperature;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Prediction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Turns a network's logits into an answer. Without state, so safe for use by many threads. */
public final class Ranking {

  private Ranking() {}

  /**
   * The probabilities of a softmax.
   *
   * @param logits (classes,) finite, at least one
   * @return (classes,) numbers that sum to 1
   * @throws IllegalArgumentException if a logit is not finite
   */
  public static double[] softmax(float[] logits) {
    return softmax(logits, Temperature.NONE);
  }

  /**
   * The probabilities of a softmax at a temperature (Guo et al. 2017).
   *
   * @param temperature what the logits are divided by, more than 0
   */
  public static double[] softmax(float[] logits, double temperature) {
    double largest = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      if (!Float.isFinite(logit)) {
        throw new IllegalArgumentException("a logit is " + logit + ", not a finite number");
      }
      largest = Math.max(largest, logit);
    }
    double[] probabilities = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      // At most 1, so the sum cannot overflow.
      probabilities[i] = Math.exp((logits[i] - largest) / temperature);
      sum += probabilities[i];
    }
    for (int i = 0; i < probabilities.length; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
  }

  /**
   * The most probable classes, best first; of equal ones the lower index comes first.
   *
   * @param logits (classes,) finite
   * @param labels one for each class
   * @param k how many, between 1 and the number of classes
   */
  public static List<Prediction> top(float[] logits, Labels labels, int k) {
    return top(logits, labels, k, Temperature.NONE);
  }

  private static List<Prediction> top(float[] logits, Labels labels, int k, double temperature) {
    checkCount(logits, labels);
    double[] probabilities = softmax(logits, temperature);
    List<Prediction> predictions = new ArrayList<>(k);
    for (int index : topIndices(logits, k)) {
      predictions.add(new Prediction(index, labels.get(index), probabilities[index]));
    }
    return List.copyOf(predictions);
  }

  /**
   * The most probable classes by the mean of several softmaxes, as ten-crop testing ranks them
   * (Krizhevsky et al. 2012, section 4.1); otherwise as {@link #top}.
   *
   * @param logits at least one row of (classes,) finite numbers
   */
  public static List<Prediction> topOfMean(List<float[]> logits, Labels labels, int k) {
    return topOfMean(logits, labels, k, Temperature.NONE);
  }

  /**
   * As {@link #topOfMean(List, Labels, int)}, with probabilities at a temperature. Of several rows
   * the mean is taken first (Rahaman and Thiery 2021), so that the order of the classes is that of
   * temperature 1.
   */
  public static List<Prediction> topOfMean(
      List<float[]> logits, Labels labels, int k, double temperature) {
    if (logits.size() == 1) {
      return top(logits.getFirst(), labels, k, temperature);
    }
    double[] mean = new double[labels.count()];
    for (float[] row : logits) {
      checkCount(row, labels);
      double[] probabilities = softmax(row);
      for (int i = 0; i < mean.length; i++) {
        mean[i] += probabilities[i] / logits.size();
      }
    }
    double[] tempered = tempered(mean, temperature);
    return IntStream.range(0, mean.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -mean[i])) // stable: ties by lower index
        .limit(k)
        .map(i -> new Prediction(i, labels.get(i), tempered[i]))
        .toList();
  }

  private static double[] tempered(double[] probabilities, double temperature) {
    if (temperature == Temperature.NONE) {
      return probabilities;
    }
    double largest = Arrays.stream(probabilities).max().orElseThrow();
    double[] powers = new double[probabilities.length];
    double sum = 0;
    for (int i = 0; i < powers.length; i++) {
      powers[i] = Math.pow(probabilities[i] / largest, 1 / temperature); // the largest is 1
      sum += powers[i];
    }
    for (int i = 0; i < powers.length; i++) {
      powers[i] /= sum;
    }
    return powers;
  }

  private static void checkCount(float[] logits, Labels labels) {
    if (labels.count() != logits.length) {
      throw new IllegalArgumentException(
          "%d labels do not name %d classes".formatted(labels.count(), logits.length));
    }
  }

  /**
   * Indices of the k largest values, largest first, ties by lower index. Logits are compared, not
   * probabilities: far from the largest, different logits round to the same probability.
   */
  static int[] topIndices(float[] values, int k) {
    if (k < 1 || k > values.length) {
      throw new IllegalArgumentException(
          "k is %d: it must be between 1 and %d".formatted(k, values.length));
    }
    int[] best = new int[k];
    int found = 0;
    for (int i = 0; i < values.length; i++) {
      if (found == k && values[i] <= values[best[k - 1]]) {
        continue;
      }
      int place = placeFor(values, best, found, values[i]);
      int kept = Math.min(found, k - 1);
      System.arraycopy(best, place, best, place + 1, kept - place);
      best[place] = i;
      found = kept + 1;
    }
    return best;
  }

  /** The first place whose value is smaller, so that equal values keep their order. */
  private static int placeFor(float[] values, int[] best, int found, float value) {
    int low = 0;
    int high = found;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (values[best[middle]] >= value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
