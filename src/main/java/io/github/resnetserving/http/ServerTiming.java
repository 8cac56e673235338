package io.github.resnetserving.http;

import io.github.resnetserving.inference.Timing;
import java.util.Locale;

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

  private static String metric(String name, long nanos) {
    return String.format(Locale.ROOT, "%s;dur=%.3f", name, nanos / 1e6);
  }
}
