package io.github.resnetserving.training;

import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Pixels;
import java.util.ArrayList;
import java.util.List;

/**
 * How often a network is right.
 *
 * @param answers the class of the highest score for each picture that was shown, in order
 * @param top1 of the pictures, those whose class had the highest score
 * @param top5 of the pictures, those whose class was among the five highest scores
 */
public record Evaluation(List<Integer> answers, int top1, int top5) {

  /** Copies the list. */
  public Evaluation {
    answers = List.copyOf(answers);
  }

  /** Runs one batch of pictures. */
  @FunctionalInterface
  public interface Predictor {
    /** The output of each picture, in order. */
    List<NetworkOutput> predict(List<Pixels> batch) throws Exception;
  }

  /** How many pictures were shown. */
  public int images() {
    return answers.size();
  }

  /** How many pictures got another answer than in an evaluation on the same pictures. */
  public int changesFrom(Evaluation other) {
    int changes = 0;
    for (int i = 0; i < answers.size(); i++) {
      changes += answers.get(i).equals(other.answers.get(i)) ? 0 : 1;
    }
    return changes;
  }

  /** Shows every picture to a network, in batches of at most the given size. */
  public static Evaluation of(ImageSet set, int batchSize, Predictor predictor) throws Exception {
    List<Integer> answers = new ArrayList<>();
    int top1 = 0;
    int top5 = 0;
    for (int from = 0; from < set.count(); from += batchSize) {
      int to = Math.min(set.count(), from + batchSize);
      List<Pixels> batch = new ArrayList<>();
      for (byte[] picture : set.pictures().subList(from, to)) {
        batch.add(new Pixels(set.size(), set.size(), picture));
      }
      List<NetworkOutput> outputs = predictor.predict(batch);
      for (int i = 0; i < outputs.size(); i++) {
        float[] logits = outputs.get(i).logits();
        answers.add(highest(logits));
        int rank = rank(logits, set.labels().get(from + i));
        top1 += rank == 0 ? 1 : 0;
        top5 += rank < 5 ? 1 : 0;
      }
    }
    return new Evaluation(answers, top1, top5);
  }

  private static int highest(float[] logits) {
    int best = 0;
    for (int c = 1; c < logits.length; c++) {
      best = logits[c] > logits[best] ? c : best;
    }
    return best;
  }

  /** How many classes come before the right one, ties by lower index as in a ranking. */
  private static int rank(float[] logits, int label) {
    int before = 0;
    for (int c = 0; c < logits.length; c++) {
      if (logits[c] > logits[label] || (logits[c] == logits[label] && c < label)) {
        before++;
      }
    }
    return before;
  }
}
