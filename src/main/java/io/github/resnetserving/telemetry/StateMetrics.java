package io.github.resnetserving.telemetry;

import io.github.resnetserving.inference.ModelState;
import java.util.List;
import java.util.Locale;

/**
 * Where a model stands, or one version of it: {@code resnet.model.state} is 1 for its state and 0
 * for the others. Thread-safe.
 */
final class StateMetrics {

  private static final List<String> STATES =
      List.of("fetching", "unfetched", "loading", "warming", "ready", "failed");

  private volatile String current = "";

  StateMetrics(MeterGroup meters) {
    for (String state : STATES) {
      meters.gauge(
          "resnet.model.state",
          /* unit= */ null,
          "1 for the state that the model is in, 0 for the others",
          this,
          self -> self.current.equals(state) ? 1 : 0,
          "state",
          state);
    }
  }

  void set(ModelState state) {
    current =
        switch (state) {
          case ModelState.Fetching _ -> "fetching";
          case ModelState.Unfetched _ -> "unfetched";
          case ModelState.Starting starting -> starting.phase().name().toLowerCase(Locale.ROOT);
          case ModelState.Ready _ -> "ready";
          case ModelState.Failed _ -> "failed";
        };
  }
}
