package io.github.resnetserving.telemetry;

import io.github.resnetserving.sandbox.ImageSandbox;
import io.github.resnetserving.sandbox.SandboxListener;
import io.github.resnetserving.sandbox.SandboxListener.HelperEnd;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * Meters of the helper processes that decode images. An image that one has is in {@code
 * resnet.sandbox.images} if the helper replied, and else in {@code resnet.sandbox.ends}; {@code
 * reason} says why the helper ended. {@code resnet.sandbox.start} has the starts that succeeded.
 * Thread-safe.
 */
public final class SandboxMetrics implements SandboxListener {

  private final MeterGroup meters;
  private final Timer starts;
  private final Counter startFailures;
  private final Counter images;
  private final Map<HelperEnd, Counter> ends = new EnumMap<>(HelperEnd.class);

  public SandboxMetrics(MeterRegistry registry) {
    this.meters = new MeterGroup(registry, Tags.empty());
    this.starts =
        Timer.builder("resnet.sandbox.start")
            .description("Starts of decoder processes, and the time until they were ready")
            .register(registry);
    this.startFailures =
        meters.counter(
            "resnet.sandbox.start.failures",
            /* unit= */ null,
            "Decoder processes that could not be started");
    this.images =
        meters.counter(
            "resnet.sandbox.images", "images", "Images that a decoder process replied to");
    for (HelperEnd end : HelperEnd.values()) {
      String reason = end.name().toLowerCase(Locale.ROOT);
      ends.put(
          end,
          meters.counter(
              "resnet.sandbox.ends",
              /* unit= */ null,
              "Decoder processes that ended while they had an image",
              "reason",
              reason));
    }
  }

  /** Shows how many processes there are. */
  public void watch(ImageSandbox sandbox) {
    meters.gauge(
        "resnet.sandbox.processes",
        /* unit= */ null,
        "Decoder processes that there are now",
        sandbox,
        ImageSandbox::processes);
  }

  @Override
  public void onStarted(long nanos) {
    starts.record(Duration.ofNanos(nanos));
  }

  @Override
  public void onStartFailed() {
    startFailures.increment();
  }

  @Override
  public void onEnded(HelperEnd end) {
    Counter counter = ends.get(end);
    if (counter != null) {
      counter.increment();
    }
  }

  @Override
  public void onReplied() {
    images.increment();
  }
}
