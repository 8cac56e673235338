package io.github.resnetserving.training;

import io.github.resnetserving.models.Prediction;
import java.util.ArrayList;
import java.util.List;

/**
 * How often a network is right.
 *
 * @param answers the class of the highest score for each image that was shown, in order
 * @param top1 of the images, those whose class had the highest score
 * @param top5 of the images, those whose class was among the five highest scores
 */
public record Evaluation(List<Integer> answers, int top1, int top5) {

  /** Copies the list. */
  public Evaluation {
    answers = List.copyOf(answers);
  }

  /** How many images were shown. */
  public int images() {
    return answers.size();
  }

  /** How many images got another answer than in an evaluation on the same images. */
  public int changesFrom(Evaluation other) {
    int changes = 0;
    for (int i = 0; i < answers.size(); i++) {
      changes += answers.get(i).equals(other.answers.get(i)) ? 0 : 1;
    }
    return changes;
  }

  /**
   * Counts right answers.
   *
   * @param labels the right class of each image
   * @param rankings the most probable classes of each image, best first; five where there are five
   */
  public static Evaluation of(List<Integer> labels, List<List<Prediction>> rankings) {
    List<Integer> answers = new ArrayList<>();
    int top1 = 0;
    int top5 = 0;
    for (int i = 0; i < labels.size(); i++) {
      int label = labels.get(i);
      List<Integer> classes = rankings.get(i).stream().map(Prediction::index).toList();
      answers.add(classes.getFirst());
      top1 += classes.getFirst() == label ? 1 : 0;
      top5 += classes.stream().limit(5).anyMatch(index -> index == label) ? 1 : 0;
    }
    return new Evaluation(answers, top1, top5);
  }
}
