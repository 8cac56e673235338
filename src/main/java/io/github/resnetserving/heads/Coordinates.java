package io.github.resnetserving.heads;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The coordinates of samples in which a linear classifier is found soonest.
 *
 * <p>They are the features less their means, since features behind a rectifier are all above zero,
 * and biases are not penalised: the minimum is the same, and it is found in fewer steps.
 *
 * <p>Where samples are few beside the features, they are coordinates in the space that the samples
 * span. The best weights lie in it, for a part of them outside would cost penalty and change no
 * score (Hastie and Tibshirani 2004, Efficient quadratic regularization for expression arrays). So
 * a fit of 200 samples costs the same with 2,048 features as with 200.
 */
final class Coordinates {
  /** Below this share of the features' width the change of coordinates is worth its cost. */
  private static final double FEW = 0.25;

  /** What is left of a sample that lies in the span of those before, beside its length. */
  private static final double ROUNDING = 1e-10;

  private final double[] means;
  private final List<double[]> basis;
  private final float[][] rows;
  private final double[] shift;

  private Coordinates(double[] means, List<double[]> basis, float[][] rows, double[] shift) {
    this.means = means;
    this.basis = basis;
    this.rows = rows;
    this.shift = shift;
  }

  /**
   * @param features a row for each sample, all of one width
   */
  static Coordinates of(float[][] features) {
    double[] means = new double[features[0].length];
    for (float[] row : features) {
      for (int j = 0; j < means.length; j++) {
        means[j] += (double) row[j] / features.length;
      }
    }
    if (features.length >= FEW * means.length) {
      return new Coordinates(means, List.of(), features, means);
    }
    double[][] centred = new double[features.length][means.length];
    for (int i = 0; i < centred.length; i++) {
      for (int j = 0; j < means.length; j++) {
        centred[i][j] = features[i][j] - means[j];
      }
    }
    List<double[]> basis = basis(centred);
    float[][] rows = new float[centred.length][Math.max(1, basis.size())];
    for (int i = 0; i < rows.length; i++) {
      for (int b = 0; b < basis.size(); b++) {
        rows[i][b] = (float) Lbfgs.dot(centred[i], basis.get(b));
      }
    }
    return new Coordinates(means, basis, rows, new double[rows[0].length]);
  }

  /** Returns what to minimise for a classifier of these samples. */
  LogLoss loss(int[] labels, int classes, double c) {
    return new LogLoss(rows, shift, labels, classes, c);
  }

  /** How many coordinates a sample has. */
  int width() {
    return rows[0].length;
  }

  /**
   * Returns the classifier of features that a point stands for.
   *
   * @param point the classes' weights of the coordinates, row after row, and then their biases
   */
  LogisticRegression.Model model(double[] point, int classes) {
    float[][] weights = new float[classes][means.length];
    float[] bias = new float[classes];
    for (int k = 0; k < classes; k++) {
      double[] all = ofFeatures(Arrays.copyOfRange(point, k * width(), (k + 1) * width()));
      double shift = 0;
      for (int j = 0; j < means.length; j++) {
        weights[k][j] = (float) all[j];
        shift += all[j] * means[j];
      }
      bias[k] = (float) (point[classes * width() + k] - shift);
    }
    return new LogisticRegression.Model(weights, bias);
  }

  private double[] ofFeatures(double[] weights) {
    if (rows[0].length == means.length) {
      return weights;
    }
    double[] all = new double[means.length];
    for (int b = 0; b < basis.size(); b++) {
      add(all, weights[b], basis.get(b));
    }
    return all;
  }

  /** An orthonormal basis by Gram and Schmidt's method, done twice against rounding. */
  private static List<double[]> basis(double[][] rows) {
    List<double[]> basis = new ArrayList<>();
    for (double[] row : rows) {
      double[] rest = row.clone();
      for (int round = 0; round < 2; round++) {
        for (double[] direction : basis) {
          add(rest, -Lbfgs.dot(rest, direction), direction);
        }
      }
      double length = Math.sqrt(Lbfgs.dot(rest, rest));
      if (length > ROUNDING * Math.sqrt(Lbfgs.dot(row, row))) {
        for (int j = 0; j < rest.length; j++) {
          rest[j] /= length;
        }
        basis.add(rest);
      }
    }
    return basis;
  }

  private static void add(double[] to, double factor, double[] values) {
    for (int j = 0; j < to.length; j++) {
      to[j] += factor * values[j];
    }
  }
}
