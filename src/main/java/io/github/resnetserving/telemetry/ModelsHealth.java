package io.github.resnetserving.telemetry;

import io.github.resnetserving.inference.ModelRegistry;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Ready when every configured model is; see {@link ModelRegistry#isReady()}. Thread-safe. */
public final class ModelsHealth implements HealthIndicator {

  private final ModelRegistry registry;

  public ModelsHealth(ModelRegistry registry) {
    this.registry = registry;
  }

  @Override
  public Health health() {
    return registry.isReady() ? Health.up().build() : Health.outOfService().build();
  }
}
