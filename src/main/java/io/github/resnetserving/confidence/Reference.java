package io.github.resnetserving.confidence;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How the answers to the images of a calibration were spread, which later answers are compared
 * with. Novelty needs no reference: its percentiles are spread evenly there.
 *
 * @param confidence share of the images in each of {@link #BINS} bins from 0 to 1
 * @param classes share of the answers in each of {@link #groups}
 */
public record Reference(
    @JsonProperty("confidence") List<Double> confidence,
    @JsonProperty("classes") List<Double> classes) {

  /** Bins of equal width of confidence and of novelty. */
  public static final int BINS = 10;

  /** Bounds the labels of metrics: beyond, neighbouring classes are counted together. */
  public static final int MOST_GROUPS = 20;

  /** Copies the lists. */
  public Reference {
    confidence = List.copyOf(confidence);
    classes = List.copyOf(classes);
  }

  /** Counts answers. */
  public static Reference of(List<Statistics.Answered> answers, int classes) {
    double[] confidence = new double[BINS];
    double[] groups = new double[groups(classes)];
    for (var answer : answers) {
      confidence[bin(answer.confidence())] += 1.0 / answers.size();
      groups[group(answer.index(), classes)] += 1.0 / answers.size();
    }
    return new Reference(list(confidence), list(groups));
  }

  private static List<Double> list(double[] values) {
    List<Double> list = new ArrayList<>();
    for (double value : values) {
      list.add(value);
    }
    return list;
  }

  /** The bin of a number from 0 to 1; bins include their upper end. */
  public static int bin(double share) {
    return Math.clamp((int) Math.ceil(share * BINS) - 1, 0, BINS - 1);
  }

  /** How many groups of classes are told apart: each class alone where there are few. */
  public static int groups(int classes) {
    return Math.min(classes, MOST_GROUPS);
  }

  /** The group of a class: neighbouring indices are together. */
  public static int group(int index, int classes) {
    return (int) ((long) index * groups(classes) / classes);
  }

  /** The shares of novelty's bins. */
  public static List<Double> evenly() {
    return IntStream.range(0, BINS).mapToObj(_ -> 1.0 / BINS).toList();
  }
}
