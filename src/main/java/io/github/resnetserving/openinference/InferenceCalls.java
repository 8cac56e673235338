package io.github.resnetserving.openinference;

import io.github.resnetserving.heads.Head;
import io.github.resnetserving.heads.HeadException;
import io.github.resnetserving.heads.HeadRepository;
import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Answer.Scores;
import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.InferenceRequest;
import io.github.resnetserving.inference.InferenceRequest.TensorRequest;
import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.inference.InferenceService.ModelSearch;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.openinference.InferenceCall.RequestedOutput;
import io.github.resnetserving.openinference.ProtocolException.Kind;
import io.github.resnetserving.rest.request.RequestDeadline;
import io.github.resnetserving.rest.request.RequestException;
import io.github.resnetserving.rest.request.RequestLimits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.contributor.Status;

/** The protocol's calls, without the form that they come in. Thread-safe. */
final class InferenceCalls {

  static final String SERVER = "resnet-serving";
  static final List<String> EXTENSIONS =
      List.of(
          "binary_tensor_data",
          "classification",
          "model_configuration",
          "model_repository",
          "statistics");

  /** What a view of a model with one input is called: the model's name with this at its end. */
  private static final String TENSOR_VIEW = ".tensor";

  private static final String IMAGE_VIEW = ".image";

  /** DJL runs TorchScript on PyTorch's library, which the protocol calls so. */
  static final String PLATFORM = "pytorch_torchscript";

  /**
   * A tensor that a model takes or gives.
   *
   * @param shape −1 for a size that varies
   */
  record TensorMetadata(String name, String datatype, List<Long> shape) {}

  /** What a model takes and gives. */
  record ModelMetadata(
      String name,
      List<String> versions,
      String platform,
      List<TensorMetadata> inputs,
      List<TensorMetadata> outputs) {}

  /** The answer. */
  record Inferred(String model, String version, List<OutputTensor> outputs) {}

  private static final List<RequestedOutput> ALL =
      List.of(
          new RequestedOutput("logits", 0),
          new RequestedOutput("probabilities", 0),
          new RequestedOutput("features", 0));

  /** The width of the widest residual networks' features. */
  private static final int MOST_FEATURES = 2048;

  /** A number as the network gives it, as text or bytes, and in the connection's buffers. */
  private static final int BYTES_A_NUMBER = 24;

  private final InferenceService inference;
  private final ModelRegistry registry;
  private final HealthEndpoint health;
  private final RequestLimits limits;
  private final HeadRepository heads;

  InferenceCalls(
      InferenceService inference,
      ModelRegistry registry,
      HealthEndpoint health,
      RequestLimits limits,
      HeadRepository heads) {
    this.heads = heads;
    this.inference = inference;
    this.registry = registry;
    this.health = health;
    this.limits = limits;
  }

  RequestLimits limits() {
    return limits;
  }

  /** What {@code /readyz} says. */
  boolean isReady() {
    HealthDescriptor readiness = health.healthForPath("readiness");
    return readiness != null && readiness.getStatus().equals(Status.UP);
  }

  /**
   * @throws ProtocolException if there is no such model or version
   */
  boolean isReady(String model, @Nullable String version) throws ProtocolException {
    return states(model, version).stream().anyMatch(ModelState.Ready.class::isInstance);
  }

  /**
   * @throws ProtocolException if there is no such model or version, or it is not here yet
   */
  ModelMetadata metadata(String model, @Nullable String version) throws ProtocolException {
    List<ModelSpec> specs = specs(states(model, version));
    if (specs.isEmpty()) {
      throw new ProtocolException(
          Kind.UNAVAILABLE, "The model %s is not on this machine yet.".formatted(model));
    }
    ModelSpec spec = specs.getLast();
    long side = spec.preprocessing().crop();
    TensorMetadata image = new TensorMetadata(InputTensor.IMAGE, "BYTES", List.of(-1L));
    TensorMetadata numbers =
        new TensorMetadata(InputTensor.INPUT, "FP32", List.of(-1L, 3L, side, side));
    List<TensorMetadata> outputs = outputs(spec.labels().count());
    List<String> versions =
        specs(registry.versions(spec.name())).stream().map(ModelSpec::version).toList();
    if (model.equals(spec.name())) {
      return new ModelMetadata(model, versions, PLATFORM, List.of(image, numbers), outputs);
    }
    TensorMetadata input = model.endsWith(TENSOR_VIEW) ? numbers : image;
    TensorMetadata output = outputs.size() == 1 ? outputs.getFirst() : outputs.get(1);
    return new ModelMetadata(model, versions, PLATFORM, List.of(input), List.of(output));
  }

  /**
   * The model that a name is of. Clients that know models of one input and one output only, such as
   * Triton's examples, name {@code MODEL.image} or {@code MODEL.tensor}, and are told of that input
   * and of the probabilities alone.
   */
  String base(String name) {
    for (String view : List.of(TENSOR_VIEW, IMAGE_VIEW)) {
      if (name.endsWith(view) && registry.versions(name).isEmpty()) {
        String base = name.substring(0, name.length() - view.length());
        return registry.versions(base).isEmpty() ? name : base;
      }
    }
    return name;
  }

  /** What the body of a request to this name is where it has no JSON: an image, but for numbers. */
  String bareInput(String name) {
    boolean isTensor = name.endsWith(TENSOR_VIEW) && !base(name).equals(name);
    return isTensor ? InputTensor.INPUT : InputTensor.IMAGE;
  }

  /** Without a classifier there are features alone. */
  private static List<TensorMetadata> outputs(long classes) {
    TensorMetadata features = new TensorMetadata("features", "FP32", List.of(-1L, -1L));
    return classes == 0
        ? List.of(features)
        : List.of(
            new TensorMetadata("logits", "FP32", List.of(-1L, classes)),
            new TensorMetadata("probabilities", "FP32", List.of(-1L, classes)),
            features);
  }

  /**
   * When an answer is wanted.
   *
   * @param given the parameter deadline_ms; null if there is none
   */
  Deadline deadline(long arrivalNanos, @Nullable Long given) throws ProtocolException {
    try {
      return RequestDeadline.of(arrivalNanos, given, limits.deadline());
    } catch (RequestException e) {
      throw ProtocolException.invalid(e.detail());
    }
  }

  /**
   * Refuses a request before its input is read, if an image that came now would be too late.
   *
   * @param deadline the latest that the request may ask for
   */
  void shed(String model, @Nullable String version, Deadline deadline) throws ProtocolException {
    Failure.Overloaded overload =
        inference.shed(base(model), version, deadline, /* encodedBytes= */ 0, /* ofStage= */ false);
    if (overload != null) {
      throw ProtocolException.of(overload, "");
    }
  }

  /**
   * The model that a request is for, before its input is read.
   *
   * @throws ProtocolException if there is no such model or version, or it is not ready
   */
  ModelSpec model(String model, @Nullable String version, long arrivalNanos)
      throws ProtocolException {
    Deadline deadline = new Deadline(arrivalNanos, limits.deadline());
    return switch (inference.find(base(model), version, deadline)) {
      case ModelSearch.Found(var spec) -> spec;
      case ModelSearch.Missing(var failure) -> throw ProtocolException.of(failure, "");
    };
  }

  /**
   * Runs a request. One image that fails fails it: a tensor has no place for an error.
   *
   * @param lease what the request holds of the budget of bodies; the answer's bytes are taken
   *     before anything is computed
   * @throws InterruptedException its images were cancelled
   */
  Inferred infer(InferenceCall call, Budget.Lease lease)
      throws ProtocolException, InterruptedException {
    List<RequestedOutput> outputs = call.outputs().isEmpty() ? ALL : call.outputs();
    List<Head> heads = heads(call);
    if (!lease.tryGrow(answerBytes(call, heads))) {
      throw ProtocolException.noRoom();
    }
    Answer<Scores> answer =
        switch (call.input()) {
          case InferenceCall.Input.Images(var encoded) ->
              inference.scores(
                  new InferenceRequest(
                      call.spec().name(), call.version(), encoded, call.deadline()),
                  heads);
          case InferenceCall.Input.Numbers(var images) ->
              inference.scores(
                  new TensorRequest(call.spec().name(), call.version(), images, call.deadline()),
                  heads);
        };
    return switch (answer) {
      case Answer.Refused<Scores>(var failure) -> throw ProtocolException.of(failure, "");
      case Answer.Answered<Scores> answered -> {
        ModelSpec spec = answered.model().spec();
        List<Scores> scores = scores(answered.outcomes());
        List<OutputTensor> tensors = new ArrayList<>(outputs.size());
        for (RequestedOutput output : outputs) {
          if (spec.classifies() || !heads.isEmpty() || output.name().equals("features")) {
            tensors.add(tensor(output, scores, scores.getFirst().labels()));
          } else if (!call.outputs().isEmpty()) {
            throw ProtocolException.invalid(
                "There is no output %s of %s, which has no classifier: it gives features alone."
                    .formatted(output.name(), spec.name()));
          }
        }
        yield new Inferred(spec.name(), spec.version(), tensors);
      }
    };
  }

  private List<Head> heads(InferenceCall call) throws ProtocolException {
    @Nullable String head = call.head();
    try {
      return head == null ? List.of() : List.of(heads.find(call.spec(), head));
    } catch (HeadException e) {
      throw new ProtocolException(
          e.isUnknown() ? Kind.NOT_FOUND : Kind.INVALID, String.valueOf(e.getMessage()));
    }
  }

  /** What the network's outputs and the answer made of them take, whichever outputs are wanted. */
  private static long answerBytes(InferenceCall call, List<Head> heads) {
    long numbers = 2L * call.spec().labels().count() + MOST_FEATURES;
    for (Head head : heads) {
      numbers += 2L * head.labels().count();
    }
    return call.input().count() * numbers * BYTES_A_NUMBER;
  }

  private static List<Scores> scores(List<Outcome<Scores>> outcomes) throws ProtocolException {
    List<Scores> scores = new ArrayList<>(outcomes.size());
    for (int i = 0; i < outcomes.size(); i++) {
      switch (outcomes.get(i)) {
        case Outcome.Success<Scores>(var value, _) -> scores.add(value);
        case Outcome.Failed<Scores>(var failure) ->
            throw ProtocolException.of(
                failure, outcomes.size() == 1 ? "" : "Image %d: ".formatted(i));
      }
    }
    return scores;
  }

  private static OutputTensor tensor(RequestedOutput output, List<Scores> scores, Labels labels)
      throws ProtocolException {
    Function<Scores, float[]> part =
        switch (output.name()) {
          case "logits" -> Scores::logits;
          case "probabilities" -> Scores::probabilities;
          default -> Scores::features;
        };
    List<float[]> rows = scores.stream().map(part).toList();
    if (output.classes() == 0) {
      return new OutputTensor.Numbers(output.name(), rows);
    }
    if (output.classes() < 1 || output.classes() > labels.count()) {
      throw ProtocolException.invalid(
          "classification is %d: it must be between 1 and %d."
              .formatted(output.classes(), labels.count()));
    }
    return new OutputTensor.Classes(
        output.name(), rows.stream().map(row -> best(row, output.classes(), labels)).toList());
  }

  private static List<String> best(float[] row, int count, Labels labels) {
    return IntStream.range(0, row.length)
        .boxed()
        .sorted(Comparator.comparingDouble(index -> -row[index])) // stable: ties by lower index
        .limit(count)
        .map(index ->
            String.format(Locale.ROOT, "%f:%d:%s", row[index], index, labels.get(index).name()))
        .toList();
  }

  /**
   * @throws ProtocolException if there is no such model or version
   */
  List<ModelState> states(String model, @Nullable String version) throws ProtocolException {
    List<ModelState> versions = registry.versions(base(model));
    List<ModelState> found =
        version == null
            ? versions
            : versions.stream()
                .filter(state ->
                    state instanceof ModelState.Local local
                        && local.spec().version().equals(version))
                .toList();
    if (found.isEmpty()) {
      throw new ProtocolException(
          Kind.NOT_FOUND,
          versions.isEmpty()
              ? "There is no model %s. There are: %s."
                  .formatted(ProtocolException.clipped(model), String.join(", ", registry.names()))
              : "The model %s has no version %s."
                  .formatted(model, ProtocolException.clipped(String.valueOf(version))));
    }
    return found;
  }

  private static List<ModelSpec> specs(List<ModelState> states) {
    return states.stream()
        .filter(ModelState.Local.class::isInstance)
        .map(state -> ((ModelState.Local) state).spec())
        .toList();
  }
}
