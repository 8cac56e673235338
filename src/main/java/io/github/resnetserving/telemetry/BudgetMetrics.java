package io.github.resnetserving.telemetry;

import io.github.resnetserving.inference.Budget;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * What is in flight: {@code resnet.bodies.*}, in bytes, and {@code resnet.decoding.*}, in pixels.
 * {@code in.flight} never exceeds {@code limit} and is 0 while there are no requests. {@code
 * refused} counts the requests that were answered 429 for want of bytes, and the images that got no
 * room for their pixels before their deadline.
 */
public final class BudgetMetrics implements MeterBinder {

  private final Budget bytes;
  private final Budget pixels;

  public BudgetMetrics(Budget bytes, Budget pixels) {
    this.bytes = bytes;
    this.pixels = pixels;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    MeterGroup meters = new MeterGroup(registry, Tags.empty());
    bind(meters, "resnet.bodies", "bytes", bytes, "requests");
    bind(meters, "resnet.decoding", "pixels", pixels, "images");
  }

  private static void bind(
      MeterGroup meters, String prefix, String unit, Budget budget, String refusedUnit) {
    meters.gauge(
        prefix + ".in.flight", unit, "How much is held at this moment", budget, Budget::used);
    meters.gauge(prefix + ".limit", unit, "How much may be held", budget, Budget::capacity);
    meters.counted(
        prefix + ".refused",
        refusedUnit,
        "How often there was not enough",
        budget,
        Budget::refusals);
  }
}
