package io.github.resnetserving.tensor;

/** What an {@link IntermediateRequest} found. */
public sealed interface IntermediateOutput {

  /**
   * What a stage of a network gives for one crop. The array is not copied.
   *
   * @param values (channels, height, width), row-major
   */
  @SuppressWarnings("ArrayRecordComponent") // up to a million numbers
  record FeatureMap(int channels, int height, int width, float[] values)
      implements IntermediateOutput {

    public FeatureMap {
      if (values.length != channels * height * width) {
        throw new IllegalArgumentException(
            "%d numbers are not (%d, %d, %d)".formatted(values.length, channels, height, width));
      }
    }
  }

  /**
   * How much each place of the last stage's map speaks for a class: the channels there, weighed by
   * the classifier's row of the class. The spatial mean plus the bias is the logit of the class, so
   * the map is exact for networks that end in a global average pool (Zhou et al. 2016,
   * arXiv:1512.04150). Arrays are not copied.
   *
   * @param classIndex the class
   * @param values (height, width), row-major
   * @param bias the classifier's bias of the class
   * @param logits (classes,)
   */
  @SuppressWarnings("ArrayRecordComponent") // a thousand numbers
  record ClassActivationMap(
      int classIndex, int height, int width, float[] values, float bias, float[] logits)
      implements IntermediateOutput {

    public ClassActivationMap {
      if (values.length != height * width) {
        throw new IllegalArgumentException(
            "%d numbers are not (%d, %d)".formatted(values.length, height, width));
      }
    }
  }
}
