package io.github.resnetserving.inference;

/**
 * All that a network says of one image. The arrays are not copied.
 *
 * @param logits (classes,) the scores before softmax
 * @param probabilities (classes,) numbers that sum to 1
 * @param features (width,) the global average pool of the last stage
 */
@SuppressWarnings("ArrayRecordComponent") // thousands of numbers on the hot path
public record Scores(float[] logits, float[] probabilities, float[] features) {}
