package io.github.resnetserving.telemetry;

import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.inference.ModelState;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Ready when there are models and every one of them has a version that is: another version may be
 * loading, or have failed to. Thread-safe.
 */
public final class ModelsHealth implements HealthIndicator {

  private final ModelRegistry registry;

  public ModelsHealth(ModelRegistry registry) {
    this.registry = registry;
  }

  @Override
  public Health health() {
    Map<String, List<ModelState>> versions =
        registry.states().stream().collect(Collectors.groupingBy(ModelState::name));
    boolean ready =
        !versions.isEmpty() && versions.values().stream().allMatch(ModelsHealth::answers);
    return ready ? Health.up().build() : Health.outOfService().build();
  }

  private static boolean answers(List<ModelState> versions) {
    return versions.stream().anyMatch(state -> state instanceof ModelState.Ready);
  }
}
