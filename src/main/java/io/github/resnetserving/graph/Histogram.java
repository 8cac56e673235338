package io.github.resnetserving.graph;

import io.github.resnetserving.models.Calibration.ActivationRange;
import java.util.Arrays;

/**
 * How often each value occurs in an activation, values by ascending order.
 *
 * @param values ascending
 * @param counts positive, as many
 */
@SuppressWarnings("ArrayRecordComponent") // thousands of numbers
public record Histogram(double[] values, double[] counts) {

  /** Bins from one power of two to the next: each is some 1.1 % wide. */
  public static final int PER_OCTAVE = 64;

  private static final int OCTAVES = 40;

  /** The bin of zero, and of all that is below 2⁻²⁰; negative values are below it. */
  public static final int MIDDLE = PER_OCTAVE * OCTAVES;

  public static final int BINS = 2 * MIDDLE + 1;

  /** Shares of the values that a range may leave out at either end. */
  private static final double[] TAILS = {
    0, 1e-7, 3e-7, 1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2
  };

  private static final int STEPS = 255;

  /**
   * From counts in logarithmic bins: the one {@code i} above the middle is about {@code 2^(i / 64 -
   * 20)}, those below are the same with a minus.
   *
   * @throws IllegalArgumentException if there are no values, or some of 2²⁰ or more
   */
  public static Histogram ofBins(long[] bins) {
    double[] values = new double[BINS];
    double[] counts = new double[BINS];
    int size = 0;
    for (int i = 0; i < BINS; i++) {
      if (bins[i] > 0) {
        double magnitude =
            i == MIDDLE
                ? 0
                : Math.pow(2, (Math.abs(i - MIDDLE) - MIDDLE / 2) / (double) PER_OCTAVE);
        values[size] = i < MIDDLE ? -magnitude : magnitude;
        counts[size] = bins[i];
        size++;
      }
    }
    if (size == 0) {
      throw new IllegalArgumentException("no image was shown");
    }
    if (bins[0] > 0 || bins[BINS - 1] > 0) {
      throw new IllegalArgumentException(
          "the network gives values of a million and more, or none that are numbers:"
              + " it does not fit these images");
    }
    return new Histogram(Arrays.copyOf(values, size), Arrays.copyOf(counts, size));
  }

  /**
   * The range, among those between some percentile and its opposite, whose bytes come closest to
   * the values in the mean square.
   */
  public ActivationRange bestRange() {
    ActivationRange best = null;
    double least = Double.POSITIVE_INFINITY;
    for (double tail : TAILS) {
      double low = Math.min(0, quantile(tail));
      double high = Math.max(0, quantile(1 - tail));
      if (low == high) {
        continue; // nothing but zeros is left
      }
      ActivationRange range = new ActivationRange(low, high);
      double error = squaredError(range);
      if (error < least) {
        least = error;
        best = range;
      }
    }
    return best == null ? new ActivationRange(0, 1) : best;
  }

  /** The smallest value that at least the given share of the values is not above. */
  private double quantile(double share) {
    double wanted = share * Arrays.stream(counts).sum();
    double below = 0;
    for (int i = 0; i < values.length; i++) {
      below += counts[i];
      if (below >= wanted) {
        return values[i];
      }
    }
    return values[values.length - 1];
  }

  /**
   * Of rounding to bytes: exact for what is clipped and for what becomes zero; in between a bin may
   * be wider than a step, and the error is that of values spread evenly between two steps.
   */
  private double squaredError(ActivationRange range) {
    double step = (range.high() - range.low()) / STEPS;
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      double value = values[i];
      double off;
      if (value > range.high()) {
        off = value - range.high();
      } else if (value < range.low()) {
        off = range.low() - value;
      } else if (Math.abs(value) < step / 2) {
        off = value;
      } else {
        off = step / Math.sqrt(12);
      }
      sum += counts[i] * off * off;
    }
    return sum;
  }
}
