package io.github.resnetserving.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Positions of the images to learn from and of those held out.
 *
 * @param training ascending positions
 * @param validation ascending positions, none of them in {@code training}
 */
public record Split(List<Integer> training, List<Integer> validation) {

  /**
   * Holds out a share of each class, so that both parts keep the classes' proportions. The same
   * seed gives the same split for every order in which files were found.
   */
  public static Split stratified(List<Integer> labels, int classes, double share, long seed) {
    List<List<Integer>> byClass = new ArrayList<>();
    for (int c = 0; c < classes; c++) {
      byClass.add(new ArrayList<>());
    }
    for (int i = 0; i < labels.size(); i++) {
      byClass.get(labels.get(i)).add(i);
    }
    Random random = new Random(seed);
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
}
