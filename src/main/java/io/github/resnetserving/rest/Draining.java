package io.github.resnetserving.rest;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.event.EventListener;

/** Whether the server is about to stop and asks clients to go elsewhere. Thread-safe. */
final class Draining {

  private volatile boolean draining;

  /** Hears it first of all that happens at the end. */
  @EventListener
  void onReadiness(AvailabilityChangeEvent<ReadinessState> event) {
    draining = event.getState() == ReadinessState.REFUSING_TRAFFIC;
  }

  boolean isDraining() {
    return draining;
  }
}
