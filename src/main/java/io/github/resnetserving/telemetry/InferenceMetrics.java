package io.github.resnetserving.telemetry;

import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.InferenceListener;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.inference.Timing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/**
 * Meters of requests. {@code resnet.images} counts images by outcome; {@code resnet.requests} times
 * the requests that they came in, and {@code resnet.requests.refused} counts the requests of which
 * no image was looked at, so the two together are all requests that could be read. Thread-safe.
 */
public final class InferenceMetrics implements InferenceListener {

  private static final String IMAGES = "resnet.images";
  private static final String REQUESTS = "resnet.requests";
  private static final String REFUSED = "resnet.requests.refused";

  private final MeterRegistry registry;
  private final Timer decode;

  public InferenceMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.decode =
        Timer.builder("resnet.decode")
            .description("Time to decode and preprocess one image")
            .publishPercentileHistogram()
            .register(registry);
  }

  @Override
  public void onDecoded(long decodeNanos) {
    decode.record(decodeNanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void onOutcome(String model, Outcome<?> outcome) {
    String tag =
        switch (outcome) {
          case Outcome.Success<?> _ -> "success";
          case Outcome.Failed<?>(var failure) -> tag(failure);
        };
    Counter.builder(IMAGES)
        .description("Images by what became of them")
        .baseUnit("images")
        .tag("model", model)
        .tag("outcome", tag)
        .register(registry)
        .increment();
  }

  @Override
  public void onAnswered(String model, Timing timing) {
    Timer.builder(REQUESTS)
        .description("Time from a request's headers to its answer")
        .tag("model", model)
        .publishPercentileHistogram()
        .register(registry)
        .record(timing.totalNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void onRefused(Failure failure) {
    Counter.builder(REFUSED)
        .description("Requests that were refused as a whole")
        .baseUnit("requests")
        .tag("outcome", tag(failure))
        .register(registry)
        .increment();
  }

  /** A word for each kind of failure; never text of a request, which would be unbounded. */
  private static String tag(Failure failure) {
    return switch (failure) {
      case Failure.BadImage bad ->
          switch (bad.reason()) {
            case UNSUPPORTED -> "unsupported-image";
            case UNREADABLE -> "unreadable-image";
            case TOO_MANY_PIXELS -> "too-many-pixels";
          };
      case Failure.BadParameter _ -> "bad-parameter";
      case Failure.Overloaded _ -> "overloaded";
      case Failure.TimedOut _ -> "timed-out";
      case Failure.UnknownModel _ -> "unknown-model";
      case Failure.UnknownVersion _ -> "unknown-version";
      case Failure.NotReady _ -> "not-ready";
      case Failure.EngineFailed _ -> "engine-failed";
      case Failure.Cancelled _ -> "cancelled";
    };
  }
}
