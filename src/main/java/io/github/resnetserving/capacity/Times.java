package io.github.resnetserving.capacity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** How long something takes, in milliseconds. Immutable. */
@FunctionalInterface
public interface Times {

  /** One such time, drawn at random. */
  double draw(SplittableRandom random);

  /** Always the same. */
  static Times always(double millis) {
    return _ -> millis;
  }

  /**
   * Times that are as likely as each other.
   *
   * @param millis ascending, at least one, each positive and finite
   */
  record EquallyLikely(List<Double> millis) implements Times {

    /** How many are kept of a measurement. */
    private static final int MOST = 50;

    /** The digits that are kept: the clock and the machine give no more. */
    private static final double ROUNDING = 1e4;

    public EquallyLikely {
      millis = List.copyOf(millis);
      if (millis.isEmpty()) {
        throw new IllegalArgumentException("there are no times");
      }
      double before = 0;
      for (double each : millis) {
        if (!(each >= before) || each == 0 || Double.isInfinite(each)) {
          throw new IllegalArgumentException(
              "the times are %s: each must be positive and at least the one before"
                  .formatted(millis));
        }
        before = each;
      }
    }

    /**
     * Sums up a measurement by the means of its fiftieths, so that its mean stays what it is.
     *
     * @param measured milliseconds, in any order, at least one
     */
    public static EquallyLikely of(double... measured) {
      double[] sorted = measured.clone();
      Arrays.sort(sorted);
      int parts = Math.min(MOST, sorted.length);
      List<Double> means = new ArrayList<>();
      for (int i = 0; i < parts; i++) {
        int from = (int) ((long) sorted.length * i / parts);
        int to = (int) ((long) sorted.length * (i + 1) / parts);
        double mean = Arrays.stream(sorted, from, to).average().orElseThrow();
        means.add(Math.max(1, Math.round(mean * ROUNDING)) / ROUNDING);
      }
      return new EquallyLikely(means);
    }

    @Override
    public double draw(SplittableRandom random) {
      return millis.get(random.nextInt(millis.size()));
    }

    /** Their mean. */
    public double mean() {
      return millis.stream().mapToDouble(each -> each).average().orElseThrow();
    }

    /** The one in the middle. */
    public double median() {
      return millis.get(millis.size() / 2);
    }
  }
}
