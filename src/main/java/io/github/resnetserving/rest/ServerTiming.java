package io.github.resnetserving.rest;

import io.github.resnetserving.inference.Answer.Timing;

/**
 * The times of an answer as a header that browsers show (W3C Server Timing), in milliseconds; the
 * largest of each for several images.
 */
final class ServerTiming {

  static final String HEADER = "Server-Timing";

  private ServerTiming() {}

  static String of(Timing timing) {
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
