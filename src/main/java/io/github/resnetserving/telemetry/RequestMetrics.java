package io.github.resnetserving.telemetry;

import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.ImageReport;
import io.github.resnetserving.inference.ImageReport.Stage;
import io.github.resnetserving.inference.ImageReport.StageTime;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/**
 * Meters of the requests that came for one version of a model, and of their images; see {@link
 * ServingMetrics} for how they relate. Thread-safe.
 */
final class RequestMetrics {

  private final MeterGroup meters;
  private final Map<Stage, Timer> stages = new EnumMap<>(Stage.class);
  private final ConcurrentMap<String, Counter> images = new ConcurrentHashMap<>(); // by outcome
  private final RequestTimers requests;

  RequestMetrics(MeterGroup meters) {
    this.meters = meters;
    this.requests = new RequestTimers(meters);
    for (Stage stage : Stage.values()) {
      stages.put(stage, timer(stage));
    }
  }

  private Timer timer(Stage stage) {
    return switch (stage) {
      case DECODE_QUEUE ->
          meters.timer("resnet.decode.queue", "Time that an image waits for a decode thread");
      case DECODE -> meters.timer("resnet.decode", "Time to decode an image");
      case PREPROCESS -> meters.timer("resnet.preprocess", "Time to resize and crop an image");
      case QUEUE -> meters.timer("resnet.queue", "Time that an image waits for its batch");
      case INFERENCE -> meters.timer("resnet.inference", "Time of an image's batch");
      case RANKING -> meters.timer("resnet.ranking", "Time from an image's output to its answer");
    };
  }

  void onImage(ImageReport report) {
    for (StageTime time : report.stages()) {
      Timer timer = Objects.requireNonNull(stages.get(time.stage()));
      timer.record(time.nanos(), TimeUnit.NANOSECONDS);
    }
    images.computeIfAbsent(OutcomeTag.of(report.outcome()), this::counter).increment();
  }

  private Counter counter(String outcome) {
    return meters.counter(
        "resnet.images", "images", "Images by what became of them", "outcome", outcome);
  }

  void onAnswered(Answer.Answered<?> answer) {
    requests.record(OutcomeTag.of(answer.outcomes()), answer.timing().totalNanos());
  }

  /**
   * Counts requests by outcome, whether or not a model is known for them. A timer is registered
   * when its outcome first occurs, and looked up here from then on: the registry would build its
   * identity for each request. Thread-safe.
   */
  static final class RequestTimers {

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
}
