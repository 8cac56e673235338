package io.github.resnetserving.telemetry;

import io.github.resnetserving.inference.Budget;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
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
    bind(registry, "resnet.bodies", "bytes", bytes, "requests");
    bind(registry, "resnet.decoding", "pixels", pixels, "images");
  }

  private static void bind(
      MeterRegistry registry, String prefix, String unit, Budget budget, String refusedUnit) {
    Gauge.builder(prefix + ".in.flight", budget, Budget::used)
        .strongReference(true)
        .description("How much is held at this moment")
        .baseUnit(unit)
        .register(registry);
    Gauge.builder(prefix + ".limit", budget, Budget::capacity)
        .strongReference(true)
        .description("How much may be held")
        .baseUnit(unit)
        .register(registry);
    FunctionCounter.builder(prefix + ".refused", budget, Budget::refusals)
        .description("How often there was not enough")
        .baseUnit(refusedUnit)
        .register(registry);
  }
}
