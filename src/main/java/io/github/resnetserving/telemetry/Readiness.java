package io.github.resnetserving.telemetry;

import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.watch.Watch;
import java.util.List;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** What {@code /readyz} asks. Thread-safe. */
public final class Readiness {

  private Readiness() {}

  /** Ready when every configured model is; see {@link ModelRegistry#isReady()}. */
  public static HealthIndicator ofModels(ModelRegistry registry) {
    return () -> (registry.isReady() ? Health.up() : Health.outOfService()).build();
  }

  /**
   * Ready while no stage stands still though work waits; its detail {@code standing} names those
   * that do.
   */
  public static HealthIndicator ofStages(Watch watch) {
    return () -> {
      List<String> standing = watch.standing();
      return standing.isEmpty()
          ? Health.up().build()
          : Health.outOfService().withDetail("standing", standing).build();
    };
  }
}
