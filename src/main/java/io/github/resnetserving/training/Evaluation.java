package io.github.resnetserving.training;

import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Pixels;
import java.util.ArrayList;
import java.util.List;

/**
 * How often a network is right.
 *
 * @param images pictures that were shown
 * @param top1 of them, those whose class had the highest score
 * @param top5 of them, those whose class was among the five highest scores
 */
public record Evaluation(int images, int top1, int top5) {

  /** Runs one batch of pictures. */
  @FunctionalInterface
  public interface Predictor {
    /** The output of each picture, in order. */
    List<NetworkOutput> predict(List<Pixels> batch) throws Exception;
  }

  /** Shows every picture to a network, in batches of at most the given size. */
  public static Evaluation of(ImageSet set, int batchSize, Predictor predictor) throws Exception {
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
        int rank = rank(outputs.get(i).logits(), set.labels().get(from + i));
        top1 += rank == 0 ? 1 : 0;
        top5 += rank < 5 ? 1 : 0;
      }
    }
    return new Evaluation(set.count(), top1, top5);
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
