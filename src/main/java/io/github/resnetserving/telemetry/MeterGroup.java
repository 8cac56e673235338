package io.github.resnetserving.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Meters that share their tags, and that leave the registry together. Asking again for a meter
 * gives the one that there is. Thread-safe.
 */
final class MeterGroup implements AutoCloseable {

  /** Histogram boundaries, from a fast preprocessing to a deadline in steps of about two. */
  private static final Duration[] TIME_BUCKETS = {
    Duration.ofNanos(500_000),
    Duration.ofMillis(1),
    Duration.ofMillis(2),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(20),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(200),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(2),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10)
  };

  private final MeterRegistry registry;
  private final Tags tags;
  private final Set<Meter> meters = ConcurrentHashMap.newKeySet();

  MeterGroup(MeterRegistry registry, Tags tags) {
    this.registry = registry;
    this.tags = tags;
  }

  Timer timer(String name, String description, String... moreTags) {
    return added(
        Timer.builder(name)
            .description(description)
            .tags(tags.and(moreTags))
            .serviceLevelObjectives(TIME_BUCKETS)
            .register(registry));
  }

  Counter counter(String name, @Nullable String unit, String description, String... moreTags) {
    return added(
        Counter.builder(name)
            .description(description)
            .baseUnit(unit)
            .tags(tags.and(moreTags))
            .register(registry));
  }

  DistributionSummary summary(String name, String unit, String description, double... buckets) {
    return added(
        DistributionSummary.builder(name)
            .description(description)
            .baseUnit(unit)
            .tags(tags)
            .serviceLevelObjectives(buckets)
            .register(registry));
  }

  /**
   * @param source kept from the garbage collector as long as the meter is registered
   */
  <T> void gauge(
      String name,
      @Nullable String unit,
      String description,
      T source,
      ToDoubleFunction<T> value,
      String... moreTags) {
    added(
        Gauge.builder(name, source, value)
            .strongReference(true)
            .description(description)
            .baseUnit(unit)
            .tags(tags.and(moreTags))
            .register(registry));
  }

  /**
   * A counter that something else counts.
   *
   * @param source to be kept from the garbage collector by the caller
   */
  <T> void counted(
      String name, @Nullable String unit, String description, T source, ToDoubleFunction<T> value) {
    added(
        FunctionCounter.builder(name, source, value)
            .description(description)
            .baseUnit(unit)
            .tags(tags)
            .register(registry));
  }

  /** Removes every meter of the group. */
  @Override
  public void close() {
    meters.forEach(registry::remove);
    meters.clear();
  }

  private <M extends Meter> M added(M meter) {
    meters.add(meter);
    return meter;
  }
}
