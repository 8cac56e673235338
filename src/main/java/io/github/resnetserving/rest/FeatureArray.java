package io.github.resnetserving.rest;

import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import java.util.List;

/**
 * The features of one image, from any layer.
 *
 * @param values row-major; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // up to a million numbers
record FeatureArray(List<Integer> shape, float[] values) {

  static FeatureArray of(float[] pooled) {
    return new FeatureArray(List.of(pooled.length), pooled);
  }

  static FeatureArray of(FeatureMap map) {
    return new FeatureArray(List.of(map.channels(), map.height(), map.width()), map.values());
  }
}
