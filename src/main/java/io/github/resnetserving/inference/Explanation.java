package io.github.resnetserving.inference;

import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.tensor.ClassActivationMap;
import io.github.resnetserving.tensor.CropGeometry;
import org.jspecify.annotations.Nullable;

/**
 * Where in an image a network sees a class.
 *
 * @param prediction the class and its probability
 * @param map covers the crop
 * @param surroundings where the crop lies in the image, and the image where the request's view is
 *     {@link io.github.resnetserving.models.CropMode#CENTER_WITH_IMAGE}; null where it is not known
 */
public record Explanation(
    Prediction prediction, ClassActivationMap map, @Nullable CropGeometry surroundings) {

  /** The logit of the class. */
  public float logit() {
    return map.logits()[map.classIndex()];
  }
}
