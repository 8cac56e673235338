package io.github.resnetserving.telemetry;

import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.inference.ModelState;
import java.util.List;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Ready when there are models and every one of them is. Thread-safe. */
public final class ModelsHealth implements HealthIndicator {

  private final ModelRegistry registry;

  public ModelsHealth(ModelRegistry registry) {
    this.registry = registry;
  }

  @Override
  public Health health() {
    List<ModelState> states = registry.states();
    boolean ready =
        !states.isEmpty() && states.stream().allMatch(state -> state instanceof ModelState.Ready);
    return ready ? Health.up().build() : Health.outOfService().build();
  }
}
