package io.github.resnetserving.audit;

import io.github.resnetserving.heads.LogisticRegression;
import io.github.resnetserving.heads.LogisticRegression.Model;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Probabilities of classes for each image by a linear classifier that has not learnt from it.
 *
 * @param accuracy share of the labels that are the most probable class
 * @param probabilities (images, classes)
 */
record OutOfFold(double accuracy, List<float[]> probabilities) {

  /** Images that the strength of the penalty is chosen with: to choose costs fifty fits. */
  private static final int SAMPLE = 1500;

  /**
   * Cuts the images into folds with the same share of each class, and asks about each fold a
   * classifier of the others.
   *
   * @param features (images, width)
   * @param labels (images,) classes, of which each has at least {@code folds} images
   */
  static OutOfFold of(float[][] features, int[] labels, int classes, int folds, long seed) {
    List<Integer> order = spread(labels, classes, seed);
    int[] sample = order.stream().limit(SAMPLE).mapToInt(Integer::intValue).toArray();
    double strength =
        LogisticRegression.crossValidate(
                rows(features, sample), rows(labels, sample), classes, folds, seed)
            .c();
    int[] foldOf = folds(order, labels, classes, folds);
    float[][] probabilities = new float[labels.length][classes];
    IntStream.range(0, folds)
        .parallel()
        .forEach(fold -> {
          int[] others = IntStream.range(0, labels.length).filter(i -> foldOf[i] != fold).toArray();
          int[] asked = IntStream.range(0, labels.length).filter(i -> foldOf[i] == fold).toArray();
          Model model =
              LogisticRegression.fit(
                  rows(features, others), rows(labels, others), classes, strength);
          for (int image : asked) {
            double[] answer = model.probabilities(features[image]);
            for (int c = 0; c < classes; c++) {
              probabilities[image][c] = (float) answer[c];
            }
          }
        });
    long right =
        IntStream.range(0, labels.length).filter(i -> best(probabilities[i]) == labels[i]).count();
    return new OutOfFold((double) right / labels.length, List.of(probabilities));
  }

  /**
   * Images in an order whose beginning has about the share of each class that all have: those of a
   * class are shuffled and spread evenly.
   */
  private static List<Integer> spread(int[] labels, int classes, long seed) {
    Random random = new Random(seed);
    double[] place = new double[labels.length];
    for (int c = 0; c < classes; c++) {
      int wanted = c;
      List<Integer> members =
          new ArrayList<>(
              IntStream.range(0, labels.length).filter(i -> labels[i] == wanted).boxed().toList());
      Collections.shuffle(members, random);
      for (int k = 0; k < members.size(); k++) {
        place[members.get(k)] = (k + random.nextDouble()) / members.size();
      }
    }
    return IntStream.range(0, labels.length)
        .boxed()
        .sorted((one, other) -> Double.compare(place[one], place[other]))
        .toList();
  }

  /** Deals the images of each class to the folds in turn. */
  private static int[] folds(List<Integer> order, int[] labels, int classes, int folds) {
    int[] dealt = new int[classes];
    int[] foldOf = new int[labels.length];
    for (int image : order) {
      foldOf[image] = dealt[labels[image]]++ % folds;
    }
    return foldOf;
  }

  private static int best(float[] probabilities) {
    int best = 0;
    for (int c = 1; c < probabilities.length; c++) {
      if (probabilities[c] > probabilities[best]) {
        best = c;
      }
    }
    return best;
  }

  private static float[][] rows(float[][] all, int[] chosen) {
    return IntStream.of(chosen).mapToObj(i -> all[i]).toArray(float[][]::new);
  }

  private static int[] rows(int[] all, int[] chosen) {
    return IntStream.of(chosen).map(i -> all[i]).toArray();
  }
}
