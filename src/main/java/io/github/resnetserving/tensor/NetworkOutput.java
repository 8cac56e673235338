package io.github.resnetserving.tensor;

/**
 * What one forward pass gives for one image. The arrays are not copied.
 *
 * @param logits (classes,) the classifier's scores, before softmax
 * @param features (width,) the global average pool of the last stage
 */
@SuppressWarnings("ArrayRecordComponent") // thousands of numbers on the hot path
public record NetworkOutput(float[] logits, float[] features) {}
