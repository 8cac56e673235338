package io.github.resnetserving.heads;

import java.util.Arrays;

/**
 * The penalised log loss of a linear classifier on features less their means, and its gradient.
 *
 * <p>A point holds the classes' weights, row after row, and then their biases. Samples are worked
 * on in blocks that stay in the processor's cache, laid out so that every inner loop adds a
 * multiple of one array to another: this form, unlike a sum over one array, is one that the
 * compiler turns into vector instructions.
 */
final class LogLoss implements Lbfgs.Objective {
  private static final int BLOCK = 64;

  private final float[][] features;
  private final double[] means;
  private final int[] labels;
  private final int classes;
  private final int width;
  private final double penalty;
  private final double[] row;
  private final double[][] columns;
  private final double[][] scores;
  private final double[] ofOne;

  LogLoss(float[][] features, double[] means, int[] labels, int classes, double c) {
    this.features = features;
    this.means = means;
    this.labels = labels;
    this.classes = classes;
    this.width = features[0].length;
    this.penalty = 1 / (c * labels.length);
    this.row = new double[width];
    this.columns = new double[width][BLOCK];
    this.scores = new double[classes][BLOCK];
    this.ofOne = new double[classes];
  }

  @Override
  public double evaluate(double[] point, double[] gradient) {
    Arrays.fill(gradient, 0);
    double loss = 0;
    for (int first = 0; first < labels.length; first += BLOCK) {
      int size = Math.min(BLOCK, labels.length - first);
      score(point, first, size);
      for (int i = 0; i < size; i++) {
        loss += residual(first + i, i);
        for (int k = 0; k < classes; k++) {
          addRow(gradient, k * width, ofOne[k]);
          gradient[classes * width + k] += ofOne[k];
        }
      }
    }
    double squares = 0;
    for (int i = 0; i < point.length; i++) {
      gradient[i] /= labels.length;
      if (i < classes * width) {
        squares += point[i] * point[i];
        gradient[i] += penalty * point[i];
      }
    }
    return loss / labels.length + penalty / 2 * squares;
  }

  private void score(double[] point, int first, int size) {
    for (int i = 0; i < size; i++) {
      float[] sample = features[first + i];
      for (int j = 0; j < width; j++) {
        columns[j][i] = sample[j] - means[j];
      }
    }
    for (int k = 0; k < classes; k++) {
      double[] sums = scores[k];
      Arrays.fill(sums, point[classes * width + k]);
      for (int j = 0; j < width; j++) {
        double weight = point[k * width + j];
        double[] column = columns[j];
        for (int i = 0; i < BLOCK; i++) {
          sums[i] += weight * column[i];
        }
      }
    }
  }

  /**
   * Leaves a sample's probabilities less its label's one in {@code ofOne}, and the sample itself in
   * {@code row}.
   */
  private double residual(int sample, int place) {
    for (int k = 0; k < classes; k++) {
      ofOne[k] = scores[k][place];
    }
    double score = ofOne[labels[sample]];
    double loss = LogisticRegression.softmax(ofOne) - score;
    ofOne[labels[sample]] -= 1;
    float[] values = features[sample];
    for (int j = 0; j < width; j++) {
      row[j] = values[j] - means[j];
    }
    return loss;
  }

  private void addRow(double[] gradient, int at, double factor) {
    for (int j = 0; j < width; j++) {
      gradient[at + j] += factor * row[j];
    }
  }
}
