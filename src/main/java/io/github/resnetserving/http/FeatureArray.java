package io.github.resnetserving.http;

import io.github.resnetserving.model.FeatureMap;
import java.util.List;

/**
 * The features of one image, whatever their layer.
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
