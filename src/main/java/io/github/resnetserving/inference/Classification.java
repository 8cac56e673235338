package io.github.resnetserving.inference;

import io.github.resnetserving.model.Prediction;
import java.util.List;

/**
 * The classes of one picture.
 *
 * @param predictions the most probable classes, best first
 * @param logits (classes,) the scores before softmax; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // a thousand numbers on the hot path
public record Classification(List<Prediction> predictions, float[] logits) {

  public Classification {
    predictions = List.copyOf(predictions);
  }
}
