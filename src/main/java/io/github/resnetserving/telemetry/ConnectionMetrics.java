package io.github.resnetserving.telemetry;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.LongSupplier;

/**
 * Connections of a protocol whose number is bounded: {@code resnet.connections.open}, those that
 * there are, and {@code resnet.connections.refused}, those that were closed as they came.
 */
public final class ConnectionMetrics implements MeterBinder {

  private final String protocol;
  private final LongSupplier open;
  private final LongSupplier refused;

  /**
   * @param protocol the value of the tag {@code protocol}
   */
  public ConnectionMetrics(String protocol, LongSupplier open, LongSupplier refused) {
    this.protocol = protocol;
    this.open = open;
    this.refused = refused;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("resnet.connections.open", open, LongSupplier::getAsLong)
        .strongReference(true)
        .description("Connections that there are now")
        .tag("protocol", protocol)
        .register(registry);
    FunctionCounter.builder("resnet.connections.refused", refused, LongSupplier::getAsLong)
        .description("Connections that were closed as they came, since there were too many")
        .tag("protocol", protocol)
        .register(registry);
  }
}
