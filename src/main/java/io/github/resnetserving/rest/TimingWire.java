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

  static final String HEADER = "Server-Timing";

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

  /** The same as a header that browsers show (W3C Server Timing), in milliseconds. */
  static String header(Timing timing) {
    return String.join(
        ", ",
        metric("decode", timing.decodeNanos()),
        metric("preprocess", timing.preprocessNanos()),
        metric("queue", timing.queueNanos()),
        metric("inference", timing.inferenceNanos()),
        metric("total", timing.totalNanos()));
  }

  /** Milliseconds with three decimals; without a formatter, since every answer has five. */
  private static String metric(String name, long nanos) {
    long micros = (nanos + 500) / 1_000;
    String decimals = Long.toString(1_000 + micros % 1_000).substring(1);
    return name + ";dur=" + micros / 1_000 + '.' + decimals;
  }
}
