package io.github.resnetserving.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;

/**
 * Positions of the images to learn from and of those held out.
 *
 * @param training ascending positions
 * @param validation ascending positions, none of them in {@code training}
 * @param seldom those in {@code training} of which an epoch shows one of {@link #SELDOM}
 */
public record Split(List<Integer> training, List<Integer> validation, Set<Integer> seldom) {

  private static final long SEED = 1;

  /** How much less an image weighs that is shown seldom. */
  static final int SELDOM = 4;

  Split(List<Integer> training, List<Integer> validation) {
    this(training, validation, Set.of());
  }

  /**
   * Holds out a share of each class, so that both parts keep the classes' proportions. The same
   * labels give the same split whatever a recipe's seed is: else a network that goes on from
   * another would be judged by images that the other has learnt.
   */
  public static Split stratified(List<Integer> labels, int classes, double share) {
    List<List<Integer>> byClass = new ArrayList<>();
    for (int c = 0; c < classes; c++) {
      byClass.add(new ArrayList<>());
    }
    for (int i = 0; i < labels.size(); i++) {
      byClass.get(labels.get(i)).add(i);
    }
    Random random = new Random(SEED);
    List<Integer> training = new ArrayList<>();
    List<Integer> validation = new ArrayList<>();
    for (List<Integer> members : byClass) {
      Collections.shuffle(members, random);
      int most =
          members.size() - 1; // one is left to learn from, and one held out where there are two
      int held =
          Math.clamp(
              Math.round(members.size() * share),
              Math.min(1, Math.max(most, 0)),
              Math.max(most, 0));
      validation.addAll(members.subList(0, held));
      training.addAll(members.subList(held, members.size()));
    }
    Collections.sort(training);
    Collections.sort(validation);
    return new Split(List.copyOf(training), List.copyOf(validation));
  }

  /**
   * Learns from images that are held out where copies of them are learnt from. The first of a class
   * stays held out where there would be no other.
   *
   * @param groups positions of copies
   * @param label the class of a position
   */
  Split together(List<List<Integer>> groups, IntUnaryOperator label) {
    Set<Integer> learnt = new HashSet<>(training);
    Set<Integer> moved = new HashSet<>();
    for (List<Integer> group : groups) {
      if (group.stream().anyMatch(learnt::contains)) {
        moved.addAll(group);
      }
    }
    Set<Integer> classes = new HashSet<>();
    validation.stream()
        .filter(at -> !moved.contains(at))
        .forEach(at -> classes.add(label.applyAsInt(at)));
    List<Integer> held = new ArrayList<>();
    List<Integer> more = new ArrayList<>(training);
    for (int at : validation) {
      boolean needed = moved.contains(at) && classes.add(label.applyAsInt(at));
      (moved.contains(at) && !needed ? more : held).add(at);
    }
    Collections.sort(more);
    return new Split(List.copyOf(more), List.copyOf(held), seldom);
  }

  /** Learns nothing from some images, and seldom from others. */
  Split without(Set<Integer> leftOut, Set<Integer> rarely) {
    List<Integer> left = training.stream().filter(at -> !leftOut.contains(at)).toList();
    return new Split(
        left, validation, left.stream().filter(rarely::contains).collect(Collectors.toSet()));
  }

  /** The images of one epoch, out of all in some order: of those shown seldom the first. */
  List<Integer> shown(List<Integer> order) {
    int left = Math.ceilDiv(seldom.size(), SELDOM);
    List<Integer> shown = new ArrayList<>(order.size());
    for (int at : order) {
      if (!seldom.contains(at) || left-- > 0) {
        shown.add(at);
      }
    }
    return shown;
  }
}
