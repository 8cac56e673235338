package io.github.resnetserving.telemetry;

import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.inference.ImageReport;
import io.github.resnetserving.inference.ImageReport.Stage;
import io.github.resnetserving.inference.ImageReport.StageTime;
import io.github.resnetserving.inference.InferenceListener;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.models.ModelSpec;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * A span for each stage of each image, below the request's span, made after the fact: the stages
 * themselves know nothing of tracing, and a request that is not sampled costs one look at a thread
 * local. Thread-safe.
 */
public final class StageSpans implements InferenceListener {

  private final Tracer tracer;
  private final NanoClock clock;

  /**
   * @param clock the one that the stages were measured with
   */
  public StageSpans(Tracer tracer, NanoClock clock) {
    this.tracer = tracer;
    this.clock = clock;
  }

  @Override
  public void onImage(ModelSpec model, ImageReport report) {
    Span request = tracer.currentSpan();
    if (request == null || !Boolean.TRUE.equals(request.context().sampled())) {
      return;
    }
    Instant now = Instant.now();
    long epochNanos =
        TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano() - clock.nanoTime();
    int last = report.stages().size() - 1;
    for (int i = 0; i <= last; i++) {
      StageTime time = report.stages().get(i);
      Span.Builder builder =
          tracer
              .spanBuilder()
              .setParent(request.context())
              .name(time.stage().name().toLowerCase(Locale.ROOT))
              .startTimestamp(epochNanos + time.startNanos(), TimeUnit.NANOSECONDS)
              .tag("resnet.model", model.name())
              .tag("resnet.version", model.version())
              .tag("resnet.image", report.index());
      if (time.stage() == Stage.INFERENCE) {
        builder.tag("resnet.batch.size", report.batchSize());
      }
      Span span = builder.start();
      if (i == last && report.outcome() instanceof Outcome.Failed<?>) {
        HttpTracing.fail(span, OutcomeTag.of(report.outcome()));
      }
      span.end(epochNanos + time.endNanos(), TimeUnit.NANOSECONDS);
    }
  }
}
