package io.github.resnetserving.inference;

/**
 * Where a request's time went; for several images the largest of each, since they run side by side.
 * All in nanoseconds.
 *
 * @param decodeNanos from bytes to pixels
 * @param preprocessNanos resize and crop
 * @param queueNanos waiting for a batch to start
 * @param inferenceNanos the batch
 * @param totalNanos from the request's headers to the answer
 * @param batchSize images in the batch, those of other requests included; 0 if none ran
 */
public record Timing(
    long decodeNanos,
    long preprocessNanos,
    long queueNanos,
    long inferenceNanos,
    long totalNanos,
    int batchSize) {

  static final Timing NONE = new Timing(0, 0, 0, 0, 0, 0);

  Timing max(Timing other) {
    return new Timing(
        Math.max(decodeNanos, other.decodeNanos),
        Math.max(preprocessNanos, other.preprocessNanos),
        Math.max(queueNanos, other.queueNanos),
        Math.max(inferenceNanos, other.inferenceNanos),
        Math.max(totalNanos, other.totalNanos),
        Math.max(batchSize, other.batchSize));
  }

  Timing withTotal(long nanos) {
    return new Timing(decodeNanos, preprocessNanos, queueNanos, inferenceNanos, nanos, batchSize);
  }
}
