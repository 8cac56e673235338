package io.github.resnetserving.confidence;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Exact measures of scores. Without state. */
public final class Statistics {

  private Statistics() {}

  /** An image's answer: its class, its confidence, and whether it is right. */
  public record Answered(int index, double confidence, boolean right) {}

  /**
   * Area under the receiver operating characteristic, by ranks: how often an unknown image has a
   * larger score than a known one, where an equal one counts half.
   *
   * @throws IllegalArgumentException if one side is empty
   */
  public static double auroc(double[] known, double[] unknown) {
    if (known.length == 0 || unknown.length == 0) {
      throw new IllegalArgumentException("AUROC needs known and unknown images");
    }
    double[] sorted = known.clone();
    Arrays.sort(sorted);
    double wins = 0;
    for (double score : unknown) {
      wins += (below(sorted, score) + atMost(sorted, score)) / 2.0;
    }
    return wins / known.length / unknown.length;
  }

  /** How many of sorted numbers are smaller. */
  private static int below(double[] sorted, double value) {
    return atMost(sorted, Math.nextDown(value));
  }

  /** How many of sorted numbers are not larger. */
  static int atMost(double[] sorted, double value) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] <= value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * For each class that is answered, the smallest confidence from which the answers' precision is
   * at least the wanted one; null where no confidence of these images reaches it.
   *
   * @param precision from 0 to 1
   */
  public static List<@Nullable Double> thresholds(
      List<Answered> answers, int classes, double precision) {
    List<@Nullable Double> thresholds = new ArrayList<>();
    for (int label = 0; label < classes; label++) {
      int wanted = label;
      List<Answered> own =
          answers.stream()
              .filter(answer -> answer.index() == wanted)
              .sorted(Comparator.comparingDouble(Answered::confidence).reversed())
              .toList();
      thresholds.add(threshold(own, precision));
    }
    return thresholds;
  }

  private static @Nullable Double threshold(List<Answered> surestFirst, double precision) {
    Double threshold = null;
    int right = 0;
    for (int i = 0; i < surestFirst.size(); i++) {
      double confidence = surestFirst.get(i).confidence();
      right += surestFirst.get(i).right() ? 1 : 0;
      boolean last =
          i + 1 == surestFirst.size() || surestFirst.get(i + 1).confidence() < confidence;
      if (last && right >= precision * (i + 1)) {
        threshold = confidence;
      }
    }
    return threshold;
  }

  /** Evenly spaced numbers of a sorted copy: all of them where there are no more than wanted. */
  public static List<Double> quantiles(double[] values, int most) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int count = Math.min(most, sorted.length);
    return IntStream.range(0, count)
        .mapToObj(i -> sorted[(int) ((i + 0.5) * sorted.length / count)])
        .toList();
  }

  /**
   * Population stability index: the sum over bins of (actual - expected) times the logarithm of
   * their quotient. Half a count is added to every bin, so that an empty one has a share.
   *
   * @param expected shares that sum to 1
   * @param counts what was seen, in the same bins
   */
  public static double stability(List<Double> expected, int[] counts) {
    double total = Arrays.stream(counts).sum() + counts.length / 2.0;
    double sum = 0;
    for (int i = 0; i < counts.length; i++) {
      double actual = (counts[i] + 0.5) / total;
      double before = (expected.get(i) * (total - counts.length / 2.0) + 0.5) / total;
      sum += (actual - before) * Math.log(actual / before);
    }
    return sum;
  }
}
