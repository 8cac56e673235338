package io.github.resnetserving.telemetry;

import io.github.resnetserving.sandbox.ImageSandbox;
import io.github.resnetserving.sandbox.SandboxListener;
import io.github.resnetserving.sandbox.SandboxListener.HelperEnd;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
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

  private final MeterRegistry registry;
  private final Timer starts;
  private final Counter startFailures;
  private final Counter images;
  private final Map<HelperEnd, Counter> ends = new EnumMap<>(HelperEnd.class);

  public SandboxMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.starts =
        Timer.builder("resnet.sandbox.start")
            .description("Starts of decoder processes, and the time until they were ready")
            .register(registry);
    this.startFailures =
        Counter.builder("resnet.sandbox.start.failures")
            .description("Decoder processes that could not be started")
            .register(registry);
    this.images =
        Counter.builder("resnet.sandbox.images")
            .description("Images that a decoder process replied to")
            .baseUnit("images")
            .register(registry);
    for (HelperEnd end : HelperEnd.values()) {
      ends.put(
          end,
          Counter.builder("resnet.sandbox.ends")
              .description("Decoder processes that ended while they had an image")
              .tag("reason", end.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
  }

  /** Shows how many processes there are. */
  public void watch(ImageSandbox sandbox) {
    Gauge.builder("resnet.sandbox.processes", sandbox, ImageSandbox::processes)
        .strongReference(true)
        .description("Decoder processes that there are now")
        .register(registry);
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
