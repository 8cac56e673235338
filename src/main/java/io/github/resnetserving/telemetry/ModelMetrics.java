package io.github.resnetserving.telemetry;

import io.github.resnetserving.batch.BatchListener;
import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.confidence.Confidence;
import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.models.Labels;
import java.util.List;
import java.util.Locale;
import java.util.function.IntSupplier;

/** All meters of one version of a model, tagged with both; closing it removes them. Thread-safe. */
public final class ModelMetrics implements AutoCloseable {

  private final MeterGroup meters;
  private final BatchMetrics batches;
  private final RequestMetrics requests;
  private final StateMetrics state;
  private final ConfidenceMetrics confidence;
  private final Runnable onClose;

  ModelMetrics(MeterGroup meters, Labels labels, NanoClock clock, Runnable onClose) {
    this.meters = meters;
    this.batches = new BatchMetrics(meters, clock);
    this.requests = new RequestMetrics(meters);
    this.state = new StateMetrics(meters);
    this.confidence = new ConfidenceMetrics(meters, labels);
    this.onClose = onClose;
  }

  /** Counts batches. */
  public BatchListener batches() {
    return batches;
  }

  /** Compares the answers with those to the images of a calibration, where there was one. */
  public void compareWith(Confidence stored) {
    confidence.compareWith(stored);
  }

  ConfidenceMetrics confidence() {
    return confidence;
  }

  /** Shows the length of the queue. */
  public void queueLength(IntSupplier length) {
    batches.queueLength(length);
  }

  void state(ModelState.Local now) {
    state.set(now);
  }

  RequestMetrics requests() {
    return requests;
  }

  /** Removes the meters. What is announced later is not counted. */
  @Override
  public void close() {
    onClose.run();
    meters.close();
  }

  /**
   * Where a model stands, or one version of it: {@code resnet.model.state} is 1 for its state and 0
   * for the others. Thread-safe.
   */
  static final class StateMetrics {

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
}
