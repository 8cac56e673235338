package io.github.resnetserving.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.inference.Answer.Timing;
import io.swagger.v3.oas.annotations.media.Schema;

/** Where the time went, in milliseconds; the largest of each for several images. */
@Schema(name = "Timing", description = "Milliseconds; the largest of each for several images")
record TimingWire(
    @JsonProperty("decode_ms") double decodeMs,
    @JsonProperty("queue_ms") double queueMs,
    @JsonProperty("inference_ms") double inferenceMs,
    @JsonProperty("total_ms") double totalMs,
    @JsonProperty("batch_size") int batchSize) {

  static TimingWire of(Timing timing) {
    return new TimingWire(
        millis(timing.decodeNanos() + timing.preprocessNanos()),
        millis(timing.queueNanos()),
        millis(timing.inferenceNanos()),
        millis(timing.totalNanos()),
        timing.batchSize());
  }

  /** Milliseconds with three decimals. */
  private static double millis(long nanos) {
    return Math.round(nanos / 1000.0) / 1000.0;
  }
}
