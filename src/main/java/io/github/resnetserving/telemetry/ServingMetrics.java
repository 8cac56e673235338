package io.github.resnetserving.telemetry;

import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.ImageReport;
import io.github.resnetserving.inference.InferenceListener;
import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.telemetry.ModelMetrics.StateMetrics;
import io.github.resnetserving.telemetry.RequestMetrics.RequestTimers;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Meters of requests, images, batches and states, each with the tags {@code model} and {@code
 * version}; a model that is not on this machine yet has the version {@code none}.
 *
 * <p>How they relate: the count of {@code resnet.requests}, over its outcomes, is the number of
 * requests for inference that were answered or refused, each once; a line of a stream counts as a
 * request. Those that were turned away from their headers for want of time count as one image each.
 * A request that is refused before a model looks at it has the tags {@code none}, and none of its
 * images is counted; the images of all others are in {@code resnet.images}, each with one outcome,
 * also where the client gave up. An image that is {@code overloaded} was turned away for the batch
 * queue, where it is in {@code resnet.batch.rejected} too, or because too many waited to be
 * decoded. The count of {@code resnet.inference}, one for each image that a batch gave an output
 * for, is that of {@code resnet.ranking}, and at least the number of images with the outcome {@code
 * success}. A batch takes {@code resnet.batch.run} once, while each of its images takes {@code
 * resnet.inference} as long. {@code http.server.requests} counts everything, also what is turned
 * away before its body is read.
 *
 * <p>Times are recorded on the threads of requests, so that an exemplar carries the request's
 * trace. Thread-safe.
 */
public final class ServingMetrics implements InferenceListener {

  private record Version(String model, String version) {}

  private record Fetch(MeterGroup meters, StateMetrics state) {}

  private static final String NONE = "none";

  private final MeterRegistry registry;
  private final NanoClock clock;
  private final RequestTimers refused;
  private final ConcurrentMap<Version, ModelMetrics> models = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Fetch> fetches = new ConcurrentHashMap<>();

  public ServingMetrics(MeterRegistry registry, NanoClock clock) {
    this.registry = registry;
    this.clock = clock;
    this.refused = new RequestTimers(new MeterGroup(registry, tags(NONE, NONE)));
  }

  /** The meters of a version of a model; registers them when it is asked first. */
  public ModelMetrics of(ModelSpec model) {
    return models.computeIfAbsent(
        new Version(model.name(), model.version()),
        key ->
            new ModelMetrics(
                new MeterGroup(registry, tags(key.model(), key.version())),
                model.labels(),
                clock,
                () -> models.remove(key)));
  }

  /** Shows where a model stands. */
  public void onState(ModelState state) {
    if (state instanceof ModelState.Local local) {
      of(local.spec()).state(local);
      Fetch fetch = fetches.remove(state.name());
      if (fetch != null) {
        fetch.meters().close();
      }
    } else {
      fetches.computeIfAbsent(state.name(), this::fetch).state().set(state);
    }
  }

  private Fetch fetch(String model) {
    MeterGroup meters = new MeterGroup(registry, tags(model, NONE));
    return new Fetch(meters, new StateMetrics(meters));
  }

  @Override
  public void onImage(ModelSpec model, ImageReport report) {
    ModelMetrics metrics = known(model);
    if (metrics != null) {
      metrics.requests().onImage(report);
      metrics.confidence().onOutcome(report.outcome());
    }
  }

  @Override
  public void onAnswered(ModelSpec model, Answer.Answered<?> answer) {
    ModelMetrics metrics = known(model);
    if (metrics != null) {
      metrics.requests().onAnswered(answer);
    }
  }

  @Override
  public void onRefused(Failure failure, long totalNanos) {
    refused.record(OutcomeTag.of(failure), totalNanos);
  }

  /**
   * A request was refused before inference heard of it.
   *
   * @param outcome one of a small number of words, such as the name of a type of problem
   */
  public void onTurnedAway(String outcome, long totalNanos) {
    refused.record(outcome, totalNanos);
  }

  /** Null once the model is gone: a late answer must not bring its meters back. */
  private @Nullable ModelMetrics known(ModelSpec model) {
    return models.get(new Version(model.name(), model.version()));
  }

  private static Tags tags(String model, String version) {
    return Tags.of("model", model, "version", version);
  }
}
