package io.github.resnetserving.openinference;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.openinference.InferenceCalls.ModelMetadata;
import io.github.resnetserving.openinference.InferenceCalls.TensorMetadata;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What Triton's clients ask about models beyond the protocol's own metadata: the configuration, the
 * statistics and the index of the repository, each an extension of the protocol that Triton
 * documents. Thread-safe.
 */
final class ModelDescriptions {

  /**
   * A model as Triton would be configured for it.
   *
   * @param maxBatchSize images a request
   */
  record ModelConfig(
      String name,
      String platform,
      @JsonProperty("max_batch_size") int maxBatchSize,
      List<Input> input,
      List<Output> output) {}

  /**
   * A tensor that a model takes.
   *
   * @param dims without the number of images
   * @param optional whether another input may be given instead
   */
  record Input(
      String name,
      @JsonProperty("data_type") String dataType,
      String format,
      List<Long> dims,
      boolean optional) {}

  /**
   * A tensor that a model gives.
   *
   * @param dims without the number of images
   */
  record Output(String name, @JsonProperty("data_type") String dataType, List<Long> dims) {}

  /** How often something took place, and how many nanoseconds it took together. */
  record Duration(long count, long ns) {}

  /**
   * Of requests, and of images: waiting for a batch, and resizing, the network and ranking, which
   * Triton's clients want to be counted alike.
   */
  record InferenceStats(
      Duration success,
      Duration fail,
      Duration queue,
      @JsonProperty("compute_input") Duration computeInput,
      @JsonProperty("compute_infer") Duration computeInfer,
      @JsonProperty("compute_output") Duration computeOutput) {}

  /**
   * What a version has done since its start.
   *
   * @param inferenceCount images
   * @param executionCount batches
   */
  record ModelStats(
      String name,
      String version,
      @JsonProperty("inference_count") long inferenceCount,
      @JsonProperty("execution_count") long executionCount,
      @JsonProperty("inference_stats") InferenceStats inferenceStats) {}

  /** Where a version stands; without a version where the model is not on this machine. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record IndexEntry(String name, @Nullable String version, String state, @Nullable String reason) {}

  private final InferenceCalls calls;
  private final ModelRegistry registry;
  private final MeterRegistry meters;

  ModelDescriptions(InferenceCalls calls, ModelRegistry registry, MeterRegistry meters) {
    this.calls = calls;
    this.registry = registry;
    this.meters = meters;
  }

  /**
   * @throws ProtocolException if there is no such model or version, or it is not here yet
   */
  ModelConfig config(String model, @Nullable String version) throws ProtocolException {
    ModelMetadata metadata = calls.metadata(model, version);
    return new ModelConfig(
        metadata.name(),
        metadata.platform(),
        calls.limits().maxImages(),
        metadata.inputs().stream()
            .map(input ->
                new Input(
                    input.name(),
                    dataType(input),
                    input.shape().size() == 4 ? "FORMAT_NCHW" : "FORMAT_NONE",
                    ofOne(input),
                    metadata.inputs().size() > 1))
            .toList(),
        metadata.outputs().stream()
            .map(output -> new Output(output.name(), dataType(output), ofOne(output)))
            .toList());
  }

  private static String dataType(TensorMetadata tensor) {
    return tensor.datatype().equals("BYTES") ? "TYPE_STRING" : "TYPE_" + tensor.datatype();
  }

  /** Of one image; an encoded one is one element. */
  private static List<Long> ofOne(TensorMetadata tensor) {
    return tensor.shape().size() == 1
        ? List.of(1L)
        : tensor.shape().subList(1, tensor.shape().size());
  }

  /**
   * @param model null for all
   * @throws ProtocolException if there is no such model or version
   */
  List<ModelStats> statistics(@Nullable String model, @Nullable String version)
      throws ProtocolException {
    List<ModelState> states = model == null ? registry.states() : calls.states(model, version);
    return states.stream()
        .filter(ModelState.Local.class::isInstance)
        .map(state -> ((ModelState.Local) state).spec())
        .map(spec -> statistics(model == null ? spec.name() : model, spec))
        .toList();
  }

  /**
   * @param name as it was asked for: a view's clients look for it
   */
  private ModelStats statistics(String name, ModelSpec spec) {
    Collection<Timer> requests = timers("resnet.requests", spec);
    Duration inference = sum(timers("resnet.inference", spec));
    return new ModelStats(
        name,
        spec.version(),
        inference.count(),
        meters.find("resnet.batch.size").tags(tags(spec)).summaries().stream()
            .mapToLong(DistributionSummary::count)
            .sum(),
        new InferenceStats(
            sum(requests.stream().filter(ModelDescriptions::isSuccess).toList()),
            sum(requests.stream().filter(timer -> !isSuccess(timer)).toList()),
            sum(timers("resnet.queue", spec)),
            new Duration(inference.count(), sum(timers("resnet.preprocess", spec)).ns()),
            inference,
            new Duration(inference.count(), sum(timers("resnet.ranking", spec)).ns())));
  }

  private static boolean isSuccess(Meter meter) {
    return "success".equals(meter.getId().getTag("outcome"));
  }

  private Collection<Timer> timers(String name, ModelSpec spec) {
    return meters.find(name).tags(tags(spec)).timers();
  }

  private static String[] tags(ModelSpec spec) {
    return new String[] {"model", spec.name(), "version", spec.version()};
  }

  private static Duration sum(Collection<Timer> timers) {
    return new Duration(
        timers.stream().mapToLong(Timer::count).sum(),
        (long) timers.stream().mapToDouble(timer -> timer.totalTime(TimeUnit.NANOSECONDS)).sum());
  }

  /**
   * All versions that are known.
   *
   * @param ready whether those that answer alone
   */
  List<IndexEntry> index(boolean ready) {
    return registry.states().stream()
        .filter(state -> !ready || state instanceof ModelState.Ready)
        .map(ModelDescriptions::entry)
        .toList();
  }

  private static IndexEntry entry(ModelState state) {
    return switch (state) {
      case ModelState.Ready(var model) ->
          new IndexEntry(model.spec().name(), model.spec().version(), "READY", null);
      case ModelState.Starting(var spec, _) ->
          new IndexEntry(spec.name(), spec.version(), "LOADING", null);
      case ModelState.Failed(var spec, var reason) ->
          new IndexEntry(spec.name(), spec.version(), "UNAVAILABLE", reason);
      case ModelState.Fetching fetching ->
          new IndexEntry(fetching.name(), null, "LOADING", "it is being fetched");
      case ModelState.Unfetched unfetched ->
          new IndexEntry(unfetched.name(), null, "UNAVAILABLE", unfetched.reason());
    };
  }
}
