package io.github.resnetserving.tensor;

/**
 * What a stage of a network gives for one crop. The array is not copied.
 *
 * @param values (channels, height, width), row-major
 */
@SuppressWarnings("ArrayRecordComponent") // up to a million numbers
public record FeatureMap(int channels, int height, int width, float[] values)
    implements IntermediateOutput {

  public FeatureMap {
    if (values.length != channels * height * width) {
      throw new IllegalArgumentException(
          "%d numbers are not (%d, %d, %d)".formatted(values.length, channels, height, width));
    }
  }
}
