package io.github.resnetserving.heads;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Multinomial logistic regression with an L2 penalty on the weights and none on the bias (Hastie,
 * Tibshirani and Friedman, The Elements of Statistical Learning, section 4.4).
 *
 * <p>The function that is minimised is scikit-learn's: the mean of the log losses plus the sum of
 * the squared weights divided by twice {@code c} times the number of samples. A larger {@code c}
 * trusts the samples more.
 *
 * <p>All methods are pure functions of their arguments: the same numbers give the same bits. They
 * may be called by any number of threads.
 */
public final class LogisticRegression {
  /** For the model that is kept: some more steps of one fit. */
  private static final double FINE = 1e-6;

  /** For the comparison of strengths, as scikit-learn does by default. */
  private static final double COARSE = 1e-4;

  private static final int ITERATIONS = 1000;
  private static final int STRENGTHS = 10;

  private LogisticRegression() {}

  /**
   * A linear classifier.
   *
   * @param weights a row for each class, of the features' width
   * @param bias a number for each class
   */
  @SuppressWarnings("ArrayRecordComponent") // many numbers, which are not copied
  public record Model(float[][] weights, float[] bias) {
    /**
     * Returns the probability of each class for {@code features}, which have the weights' width.
     */
    public double[] probabilities(float[] features) {
      double[] scores = new double[bias.length];
      for (int k = 0; k < scores.length; k++) {
        double sum = bias[k];
        for (int j = 0; j < features.length; j++) {
          sum += (double) weights[k][j] * features[j];
        }
        scores[k] = sum;
      }
      softmax(scores);
      return scores;
    }
  }

  /**
   * What cross-validation found.
   *
   * @param c the strength whose accuracy on samples that were not fitted to is best; the smallest
   *     of equals
   * @param accuracy the share of these samples whose class was named, from 0 to 1
   * @param probabilities for each sample the probabilities of the classes, by the model that was
   *     fitted without it
   */
  @SuppressWarnings("ArrayRecordComponent") // many numbers, which are not copied
  public record Validation(double c, double accuracy, float[][] probabilities) {}

  /**
   * Fits a model.
   *
   * @param features a row for each sample, all of one width
   * @param labels the class of each sample, from 0 to below {@code classes}
   * @param c how much the samples are trusted, above 0
   */
  public static Model fit(float[][] features, int[] labels, int classes, double c) {
    check(features, labels, classes);
    Coordinates samples = Coordinates.of(features);
    double[] start = new double[classes * (samples.width() + 1)];
    return minimum(samples, labels, classes, c, start, FINE);
  }

  /**
   * Tries ten strengths from 1e-4 to 1e4 in steps of equal ratio, each fitted to all folds but one
   * and asked about that one. Folds hold the same share of each class as far as the numbers allow,
   * and are drawn by {@code seed}. The folds are worked on in parallel, by the common pool.
   *
   * @param folds in how many parts the samples are cut, at least 2 and at most the number of
   *     samples
   */
  public static Validation crossValidate(
      float[][] features, int[] labels, int classes, int folds, long seed) {
    check(features, labels, classes);
    if (folds < 2 || folds > labels.length) {
      throw new IllegalArgumentException(
          "%d samples cannot be cut into %d folds".formatted(labels.length, folds));
    }
    int[] foldOf = folds(labels, classes, folds, seed);
    float[][][] answers = new float[STRENGTHS][labels.length][];
    IntStream.range(0, folds)
        .parallel()
        .forEach(fold -> answerFold(features, labels, classes, foldOf, fold, answers));
    int best = 0;
    int bestRight = -1;
    for (int s = 0; s < STRENGTHS; s++) {
      int right = 0;
      for (int i = 0; i < labels.length; i++) {
        right += isRight(answers[s][i], labels[i]) ? 1 : 0;
      }
      if (right > bestRight) {
        bestRight = right;
        best = s;
      }
    }
    return new Validation(strength(best), (double) bestRight / labels.length, answers[best]);
  }

  /** Goes from the weakest trust to the strongest, each fit started from the one before. */
  private static void answerFold(
      float[][] features, int[] labels, int classes, int[] foldOf, int fold, float[][][] answers) {
    int[] others = IntStream.range(0, labels.length).filter(i -> foldOf[i] != fold).toArray();
    Coordinates seen =
        Coordinates.of(Arrays.stream(others).mapToObj(i -> features[i]).toArray(float[][]::new));
    int[] seenLabels = Arrays.stream(others).map(i -> labels[i]).toArray();
    double[] point = new double[classes * (seen.width() + 1)];
    for (int s = 0; s < STRENGTHS; s++) {
      Model model = minimum(seen, seenLabels, classes, strength(s), point, COARSE);
      for (int i = 0; i < labels.length; i++) {
        if (foldOf[i] == fold) {
          double[] probabilities = model.probabilities(features[i]);
          answers[s][i] = new float[classes];
          for (int k = 0; k < classes; k++) {
            answers[s][i][k] = (float) probabilities[k];
          }
        }
      }
    }
  }

  private static double strength(int index) {
    return Math.pow(10, -4 + 8.0 * index / (STRENGTHS - 1));
  }

  /**
   * Deals the samples of each class to the folds in turn, shuffled, beginning where the class
   * before ended.
   */
  private static int[] folds(int[] labels, int classes, int folds, long seed) {
    Random random = new Random(seed);
    int[] foldOf = new int[labels.length];
    int turn = 0;
    for (int k = 0; k < classes; k++) {
      int wanted = k;
      int[] members = IntStream.range(0, labels.length).filter(i -> labels[i] == wanted).toArray();
      for (int i = members.length - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int swapped = members[i];
        members[i] = members[j];
        members[j] = swapped;
      }
      for (int member : members) {
        foldOf[member] = turn++ % folds;
      }
    }
    return foldOf;
  }

  private static boolean isRight(float[] probabilities, int label) {
    for (int k = 0; k < probabilities.length; k++) {
      if (probabilities[k] > probabilities[label]
          || (probabilities[k] == probabilities[label] && k < label)) {
        return false;
      }
    }
    return true;
  }

  private static Model minimum(
      Coordinates samples, int[] labels, int classes, double c, double[] point, double tolerance) {
    new Lbfgs(samples.loss(labels, classes, c), tolerance, ITERATIONS).minimize(point);
    return samples.model(point, classes);
  }

  private static void check(float[][] features, int[] labels, int classes) {
    if (labels.length == 0 || labels.length != features.length || classes < 2) {
      throw new IllegalArgumentException(
          "%d rows of features, %d labels and %d classes: as many labels as rows, at least one, and two classes"
              .formatted(features.length, labels.length, classes));
    }
    for (float[] row : features) {
      if (row.length != features[0].length) {
        throw new IllegalArgumentException(
            "rows of %d and of %d features".formatted(features[0].length, row.length));
      }
    }
    for (int label : labels) {
      if (label < 0 || label >= classes) {
        throw new IllegalArgumentException("the label %d of %d classes".formatted(label, classes));
      }
    }
  }

  /**
   * Makes probabilities of scores, in place. Returns the logarithm of the sum of the scores'
   * exponentials.
   */
  static double softmax(double[] scores) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double score : scores) {
      largest = Math.max(largest, score);
    }
    double sum = 0;
    for (int k = 0; k < scores.length; k++) {
      scores[k] = Math.exp(scores[k] - largest);
      sum += scores[k];
    }
    for (int k = 0; k < scores.length; k++) {
      scores[k] /= sum;
    }
    return largest + Math.log(sum);
  }
}
