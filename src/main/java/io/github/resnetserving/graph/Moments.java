package io.github.resnetserving.graph;

/** Mean and variance of a channel. */
record Moments(double mean, double variance) {

  double deviation() {
    return Math.sqrt(variance);
  }

  /** Of the sum of two independent channels. */
  Moments plus(Moments other) {
    return new Moments(mean + other.mean, variance + other.variance);
  }

  /** Of a channel times a number. */
  Moments times(double factor) {
    return new Moments(factor * mean, factor * factor * variance);
  }

  /** After a ReLU, if the channel is Gaussian. */
  Moments rectified() {
    double s = deviation();
    if (s == 0) {
      return new Moments(Math.max(0, mean), 0);
    }
    double a = mean / s;
    double density = Math.exp(-a * a / 2) / Math.sqrt(2 * Math.PI);
    double above = normalDistribution(a);
    double first = mean * above + s * density;
    double second = (mean * mean + variance) * above + mean * s * density;
    return new Moments(first, Math.max(0, second - first * first));
  }

  /** Abramowitz and Stegun 26.2.17: the error is below 7.5e-8. */
  static double normalDistribution(double x) {
    double t = 1 / (1 + 0.2316419 * Math.abs(x));
    double polynomial =
        t
            * (0.319381530
                + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    double tail = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI) * polynomial;
    return x < 0 ? tail : 1 - tail;
  }
}
