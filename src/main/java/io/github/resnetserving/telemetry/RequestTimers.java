package io.github.resnetserving.telemetry;

import io.micrometer.core.instrument.Timer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/**
 * Counts requests by outcome, whether or not a model is known for them. A timer is registered when
 * its outcome first occurs, and looked up here from then on: the registry would build its identity
 * for each request. Thread-safe.
 */
final class RequestTimers {

  private final MeterGroup meters;
  private final ConcurrentMap<String, Timer> byOutcome = new ConcurrentHashMap<>();

  RequestTimers(MeterGroup meters) {
    this.meters = meters;
  }

  void record(String outcome, long totalNanos) {
    byOutcome.computeIfAbsent(outcome, this::timer).record(totalNanos, TimeUnit.NANOSECONDS);
  }

  private Timer timer(String outcome) {
    return meters.timer(
        "resnet.requests", "Time from a request's headers to its answer", "outcome", outcome);
  }
}
