package io.github.resnetserving.heads;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;

/**
 * Minimises a smooth convex function by the limited-memory method of Broyden, Fletcher, Goldfarb
 * and Shanno (Nocedal and Wright, Numerical Optimization, 2nd edition, algorithm 7.4), with a line
 * search that ends in the weak Wolfe conditions (Lewis and Overton 2013, algorithm 2.6).
 */
final class Lbfgs {
  private static final int MEMORY = 10;
  private static final int SEARCHES = 40;
  private static final double SUFFICIENT_DECREASE = 1e-4;
  private static final double CURVATURE = 0.9;

  private final Objective objective;
  private final double tolerance;
  private final int iterations;
  private final Deque<Pair> pairs = new ArrayDeque<>();

  /**
   * @param tolerance the largest element of the gradient at which a point counts as the minimum
   * @param iterations how many steps are made at most
   */
  Lbfgs(Objective objective, double tolerance, int iterations) {
    this.objective = objective;
    this.tolerance = tolerance;
    this.iterations = iterations;
  }

  /** The function to minimise. */
  interface Objective {
    /** Returns the value at {@code point} and writes the gradient there into {@code gradient}. */
    double evaluate(double[] point, double[] gradient);
  }

  /** One step and how the gradient changed over it. */
  @SuppressWarnings("ArrayRecordComponent") // long vectors, which are not copied
  private record Pair(double[] step, double[] change, double curvature) {}

  /** Moves {@code point} to where the function is least. */
  void minimize(double[] point) {
    pairs.clear();
    double[] gradient = new double[point.length];
    double value = objective.evaluate(point, gradient);
    double[] next = new double[point.length];
    double[] nextGradient = new double[point.length];
    for (int i = 0; i < iterations && largest(gradient) > tolerance; i++) {
      double[] direction = direction(gradient);
      double slope = dot(direction, gradient);
      double first = pairs.isEmpty() ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
      double reached = search(point, value, direction, slope, first, next, nextGradient);
      if (!(reached < value)) {
        break; // The numbers have no digits left to go further down.
      }
      remember(point, next, gradient, nextGradient);
      value = reached;
      System.arraycopy(next, 0, point, 0, point.length);
      System.arraycopy(nextGradient, 0, gradient, 0, point.length);
    }
  }

  /**
   * Bisects the step's length between one that goes too far and one that does not go far enough.
   */
  private double search(
      double[] point,
      double value,
      double[] direction,
      double slope,
      double first,
      double[] next,
      double[] nextGradient) {
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    double length = first;
    double reached = value;
    for (int i = 0; i < SEARCHES; i++) {
      for (int j = 0; j < point.length; j++) {
        next[j] = point[j] + length * direction[j];
      }
      reached = objective.evaluate(next, nextGradient);
      if (!(reached <= value + SUFFICIENT_DECREASE * length * slope)) {
        high = length;
      } else if (dot(nextGradient, direction) < CURVATURE * slope) {
        low = length;
      } else {
        break;
      }
      length = high == Double.POSITIVE_INFINITY ? 2 * low : (low + high) / 2;
    }
    return reached;
  }

  private void remember(double[] from, double[] to, double[] before, double[] after) {
    double[] step = new double[from.length];
    double[] change = new double[from.length];
    Arrays.setAll(step, i -> to[i] - from[i]);
    Arrays.setAll(change, i -> after[i] - before[i]);
    double curvature = dot(step, change);
    if (curvature > 0) {
      if (pairs.size() == MEMORY) {
        pairs.removeFirst();
      }
      pairs.addLast(new Pair(step, change, curvature));
    }
  }

  /**
   * Returns the way downhill: the inverse of the approximated Hessian times the negative gradient.
   */
  private double[] direction(double[] gradient) {
    double[] direction = gradient.clone();
    double[] shares = new double[pairs.size()];
    int at = pairs.size();
    for (Iterator<Pair> newestFirst = pairs.descendingIterator(); newestFirst.hasNext(); ) {
      Pair pair = newestFirst.next();
      shares[--at] = dot(pair.step, direction) / pair.curvature;
      add(direction, -shares[at], pair.change);
    }
    if (!pairs.isEmpty()) {
      Pair newest = pairs.getLast();
      double scale = newest.curvature / dot(newest.change, newest.change);
      Arrays.setAll(direction, i -> scale * direction[i]);
    }
    for (Pair pair : pairs) {
      double share = shares[at++] - dot(pair.change, direction) / pair.curvature;
      add(direction, share, pair.step);
    }
    Arrays.setAll(direction, i -> -direction[i]);
    return direction;
  }

  private static void add(double[] sum, double factor, double[] values) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += factor * values[i];
    }
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
