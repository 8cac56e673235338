package io.github.resnetserving.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Finds labels that are likely wrong by confident learning (Northcutt, Jiang and Chuang 2021,
 * "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70): an image counts for a
 * class where its probability is at least the mean over the images that have this label. What is
 * counted off the diagonal says how many labels of a class are wrong. Images are taken whose
 * probability of the other class exceeds that of their own the most ("prune by noise rate"), if
 * they are also among as many of the label with the lowest probability of it ("prune by class"):
 * what cleanlab calls {@code both}, which finds nearly as many as the first rule at a higher
 * precision.
 *
 * @param thresholds (classes,) mean probability of a class among the images labelled so
 * @param joint (classes, classes) images by label and by the class that they count for, scaled so
 *     that a row sums up to the images of the label
 * @param suspects the least credible label first
 */
record ConfidentLearning(
    List<Double> thresholds, List<List<Integer>> joint, List<Suspect> suspects) {

  /** Probabilities that differ by less are the same. */
  private static final double TINY = 1e-6;

  /**
   * A label that is likely wrong.
   *
   * @param row of the image
   * @param label that it has
   * @param better the class with the highest probability
   * @param probability of its label
   * @param betterProbability of the better class
   */
  record Suspect(int row, int label, int better, double probability, double betterProbability) {

    /** From 0 for a label that is surely wrong to 1 for one that is surely right. */
    double credibility() {
      return (probability - betterProbability + 1) / 2;
    }
  }

  /**
   * Finds them.
   *
   * @param probabilities (images, classes) of a network that has not learnt from the image in
   *     question
   * @param labels (images,) the classes as they are given
   */
  static ConfidentLearning of(float[][] probabilities, int[] labels) {
    int classes = probabilities[0].length;
    double[] thresholds = thresholds(probabilities, labels, classes);
    int[][] joint = calibrated(count(probabilities, labels, thresholds), labels);
    Map<Integer, Suspect> found = new HashMap<>();
    Set<Integer> unlikely = new HashSet<>();
    for (int label = 0; label < classes; label++) {
      int own = label;
      List<Integer> rows = rows(labels, label);
      rows.sort(Comparator.comparingDouble(i -> probabilities[i][own]));
      unlikely.addAll(rows.subList(0, rows.size() - Math.min(rows.size(), joint[label][label])));
      for (int other = 0; other < classes; other++) {
        if (other != label) {
          take(probabilities, labels, label, other, joint[label][other], found);
        }
      }
    }
    return new ConfidentLearning(
        Arrays.stream(thresholds).boxed().toList(),
        Arrays.stream(joint).map(row -> IntStream.of(row).boxed().toList()).toList(),
        found.values().stream()
            .filter(suspect -> unlikely.contains(suspect.row()))
            .sorted(Comparator.comparingDouble(Suspect::credibility).thenComparingInt(Suspect::row))
            .toList());
  }

  private static double[] thresholds(float[][] probabilities, int[] labels, int classes) {
    double[] sums = new double[classes];
    int[] counts = new int[classes];
    for (int i = 0; i < labels.length; i++) {
      sums[labels[i]] += probabilities[i][labels[i]];
      counts[labels[i]]++;
    }
    double[] thresholds = new double[classes];
    for (int c = 0; c < classes; c++) {
      thresholds[c] = counts[c] == 0 ? 2 : sums[c] / counts[c]; // 2: nothing counts for it
    }
    return thresholds;
  }

  private static int[][] count(float[][] probabilities, int[] labels, double[] thresholds) {
    int[][] joint = new int[thresholds.length][thresholds.length];
    for (int i = 0; i < labels.length; i++) {
      int best = -1;
      for (int c = 0; c < thresholds.length; c++) {
        boolean confident = probabilities[i][c] >= thresholds[c] - TINY;
        if (confident && (best < 0 || probabilities[i][c] > probabilities[i][best])) {
          best = c;
        }
      }
      if (best >= 0) {
        joint[labels[i]][best]++;
      }
    }
    for (int c = 0; c < joint.length; c++) {
      joint[c][c] = Math.max(1, joint[c][c]); // some of each label are right
    }
    return joint;
  }

  /** Scales each row to the images of its label, in whole numbers. */
  private static int[][] calibrated(int[][] joint, int[] labels) {
    int[][] scaled = new int[joint.length][];
    for (int label = 0; label < joint.length; label++) {
      int wanted = label;
      double images = IntStream.of(labels).filter(given -> given == wanted).count();
      double factor = images / IntStream.of(joint[label]).sum();
      scaled[label] =
          rounded(IntStream.of(joint[label]).mapToDouble(n -> n * factor).toArray(), (int) images);
    }
    return scaled;
  }

  /** Rounds so that the sum stays; what was rounded the farthest gives way. */
  private static int[] rounded(double[] values, int sum) {
    int[] whole = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      whole[i] = (int) Math.rint(values[i]);
    }
    int missing = sum - IntStream.of(whole).sum();
    List<Integer> order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(
                Comparator.comparingDouble(i -> Integer.signum(missing) * (whole[i] - values[i])))
            .toList();
    for (int k = 0; k < Math.abs(missing); k++) {
      whole[order.get(k)] += Integer.signum(missing);
    }
    return whole;
  }

  /** Takes so many of one label as are likely of another class. */
  private static void take(
      float[][] probabilities,
      int[] labels,
      int label,
      int other,
      int count,
      Map<Integer, Suspect> found) {
    List<Integer> rows = rows(labels, label);
    rows.sort(Comparator.comparingDouble(i -> probabilities[i][label] - probabilities[i][other]));
    for (int row : rows.subList(0, Math.min(count, rows.size()))) {
      int best = label; // which wins where it is as probable
      for (int c = 0; c < probabilities[row].length; c++) {
        if (probabilities[row][c] > probabilities[row][best]) {
          best = c;
        }
      }
      if (best != label) {
        found.put(
            row,
            new Suspect(row, label, best, probabilities[row][label], probabilities[row][best]));
      }
    }
  }

  private static List<Integer> rows(int[] labels, int label) {
    List<Integer> rows = new ArrayList<>();
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] == label) {
        rows.add(i);
      }
    }
    return rows;
  }
}
