package io.github.resnetserving.telemetry;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
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
    MeterGroup meters = new MeterGroup(registry, Tags.of("protocol", protocol));
    meters.gauge(
        "resnet.connections.open",
        /* unit= */ null,
        "Connections that there are now",
        open,
        LongSupplier::getAsLong);
    meters.counted(
        "resnet.connections.refused",
        /* unit= */ null,
        "Connections that were closed as they came, since there were too many",
        refused,
        LongSupplier::getAsLong);
  }
}
