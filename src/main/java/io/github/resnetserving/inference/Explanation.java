package io.github.resnetserving.inference;

import io.github.resnetserving.model.ClassActivationMap;
import io.github.resnetserving.model.Prediction;
import io.github.resnetserving.model.Surroundings;
import org.jspecify.annotations.Nullable;

/**
 * Where in a picture a network sees a class.
 *
 * @param prediction the class and its probability
 * @param map covers the crop
 * @param surroundings where the crop lies in the picture, and the picture where the request's view
 *     is {@link io.github.resnetserving.model.View#CENTER_AND_PICTURE}; null where nobody said
 */
public record Explanation(
    Prediction prediction, ClassActivationMap map, @Nullable Surroundings surroundings) {

  /** The logit of the class. */
  public float logit() {
    return map.logits()[map.classIndex()];
  }
}
