package io.github.resnetserving.telemetry;

import io.github.resnetserving.watch.Watch;
import java.util.List;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Ready while no stage stands still though work waits; its detail {@code standing} names those that
 * do. Thread-safe.
 */
public final class StagesHealth implements HealthIndicator {

  private final Watch watch;

  public StagesHealth(Watch watch) {
    this.watch = watch;
  }

  @Override
  public Health health() {
    List<String> standing = watch.standing();
    return standing.isEmpty()
        ? Health.up().build()
        : Health.outOfService().withDetail("standing", standing).build();
  }
}
