package io.github.resnetserving.inference;

import io.github.resnetserving.models.Prediction;
import java.util.List;

/**
 * The classes of one image.
 *
 * @param predictions the most probable classes, best first
 * @param logits (classes,) the scores before softmax, of each crop; not copied
 */
public record Classification(List<Prediction> predictions, List<float[]> logits) {

  public Classification {
    predictions = List.copyOf(predictions);
    logits = List.copyOf(logits);
  }
}
