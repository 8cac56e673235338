package io.github.resnetserving.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.sandbox.SandboxListener.HelperEnd;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SandboxMetricsTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final SandboxMetrics metrics = new SandboxMetrics(registry);

  @ParameterizedTest
  @EnumSource(HelperEnd.class)
  void helpersThatEndAreCountedByReason(HelperEnd end) {
    metrics.onEnded(end);

    for (HelperEnd each : HelperEnd.values()) {
      String reason = each.name().toLowerCase(Locale.ROOT);
      assertThat(registry.get("resnet.sandbox.ends").tag("reason", reason).counter().count())
          .isEqualTo(each == end ? 1 : 0);
    }
  }

  @Test
  void startsAndRepliesAreCounted() {
    metrics.onStarted(TimeUnit.MILLISECONDS.toNanos(300));
    metrics.onReplied();
    metrics.onReplied();
    metrics.onStartFailed();

    assertThat(registry.get("resnet.sandbox.start").timer().totalTime(TimeUnit.MILLISECONDS))
        .isEqualTo(300);
    assertThat(registry.get("resnet.sandbox.images").counter().count()).isEqualTo(2);
    assertThat(registry.get("resnet.sandbox.start.failures").counter().count()).isEqualTo(1);
  }
}
