package io.github.resnetserving.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.heads.HeadRepository;
import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.rest.ModelsResponse.HeadWire;
import io.github.resnetserving.rest.ModelsResponse.Input;
import io.github.resnetserving.rest.ModelsResponse.Model;
import io.github.resnetserving.rest.ModelsResponse.Plan;
import io.github.resnetserving.rest.ModelsResponse.Progress;
import io.github.resnetserving.rest.ModelsResponse.Version;
import io.github.resnetserving.rest.problem.Problem;
import io.github.resnetserving.rest.problem.ProblemException;
import io.github.resnetserving.rest.problem.ProblemType;
import io.github.resnetserving.rest.request.BodyReader;
import io.github.resnetserving.rest.request.RequestContext;
import io.github.resnetserving.rest.request.RequestLimits;
import io.github.resnetserving.serving.ModelManager;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.Schema.AdditionalPropertiesValue;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Which models there are and where they stand. Thread-safe. */
@RestController
@Tag(name = "Models")
final class ModelsController {

  private static final Logger LOG = LoggerFactory.getLogger(ModelsController.class);

  private static final String HINT =
      "The default model is a small one for ten classes, which is inside the program. For"
          + " ImageNet's thousand run `models fetch resnet50`, or start with --default-model"
          + " resnet50.";

  private static final String NAMED = "A model's name";
  private static final int LONGEST_BODY = 10_000;

  private final ModelRegistry registry;
  private final ModelManager manager;
  private final HeadRepository heads;
  private final RequestLimits limits;
  private final BodyReader bodies;
  private final JsonMapper mapper =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  ModelsController(
      ModelRegistry registry,
      ModelManager manager,
      HeadRepository heads,
      RequestLimits limits,
      BodyReader bodies) {
    this.heads = heads;
    this.registry = registry;
    this.manager = manager;
    this.limits = limits;
    this.bodies = bodies.upTo(LONGEST_BODY);
  }

  @GetMapping("/models")
  @Operation(
      operationId = "models",
      summary = "All models",
      description = "Those that are served, with all their versions and where each stands.")
  @ApiResponse(
      responseCode = "200",
      description = "Where they stand",
      content =
          @Content(
              mediaType = "application/json",
              schema = @Schema(implementation = ModelsResponse.class)))
  ResponseEntity<Object> models() {
    return json(
        new ModelsResponse(
            registry.names().stream().map(this::model).toList(),
            registry.defaultModel().equals(ModelRepository.BUNDLED) ? HINT : null));
  }

  @GetMapping("/models/{name}")
  @Operation(
      operationId = "model",
      summary = "One model",
      description = "All its versions, where each stands, and the measured rate of every plan.")
  @ApiResponse(
      responseCode = "200",
      description = "Where they stand",
      content =
          @Content(mediaType = "application/json", schema = @Schema(implementation = Model.class)))
  ResponseEntity<Object> model(
      @PathVariable("name") @Parameter(description = NAMED) String name,
      @Parameter(hidden = true) HttpServletRequest request) {
    return registry.names().contains(name) ? json(model(name)) : unknown(name, request);
  }

  @PutMapping("/models/{name}")
  @Operation(
      operationId = "loadModel",
      summary = "Load a model, or another version of it",
      description =
          "Fetches it first where it is not there. What answers now goes on until the new one does."
              + " Needs the right admin.")
  @ApiResponse(responseCode = "202", description = "It is being loaded; GET tells how far it is")
  @RequestBody(
      content =
          @Content(
              mediaType = "application/json",
              schema = @Schema(implementation = LoadRequest.class)))
  ResponseEntity<Object> load(
      @PathVariable("name") @Parameter(description = NAMED) String name,
      @Parameter(hidden = true) HttpServletRequest request)
      throws IOException {
    String version = version(request);
    if (!ModelSpec.isName(name)) {
      return unknown(name, version, request);
    }
    try {
      return manager.load(name, version).isPresent()
          ? ResponseEntity.accepted().build()
          : unknown(name, version, request);
    } catch (ModelException e) {
      return problem(
          ProblemType.UNUSABLE_MODEL,
          "The model %s cannot be loaded: %s".formatted(name, e.getMessage()),
          request);
    }
  }

  private ResponseEntity<Object> unknown(
      String name, @Nullable String version, HttpServletRequest request) {
    return version == null
        ? unknown(name, request)
        : problem(
            ProblemType.UNKNOWN_VERSION,
            "There is no version %s of %s on this machine.".formatted(version, name),
            request);
  }

  private static ResponseEntity<Object> problem(
      ProblemType type, String detail, HttpServletRequest request) {
    return Problem.answer(Problem.of(type, detail, request), new HttpHeaders());
  }

  @DeleteMapping("/models/{name}")
  @Operation(
      operationId = "unloadModel",
      summary = "Unload a model",
      description = "Requests that came before are answered. Needs the right admin.")
  @ApiResponse(responseCode = "202", description = "It is being unloaded")
  ResponseEntity<Object> unload(
      @PathVariable("name") @Parameter(description = NAMED) String name,
      @Parameter(hidden = true) HttpServletRequest request) {
    return manager.unload(name).isPresent()
        ? ResponseEntity.accepted().build()
        : unknown(name, request);
  }

  /** The version in the body, whose declared type is ignored; null where there is none. */
  private @Nullable String version(HttpServletRequest request) throws IOException {
    Deadline deadline = new Deadline(RequestContext.of(request).arrivalNanos(), limits.deadline());
    byte[] body = bodies.read(request, deadline).bytes();
    if (body.length == 0) {
      return null;
    }
    try {
      LoadRequest asked = mapper.readValue(body, LoadRequest.class);
      return asked == null ? null : asked.version();
    } catch (JacksonException e) {
      throw ProblemException.badRequest(
          "The body is not the JSON that is expected, {\"version\": \"…\"}, or nothing for the"
              + " newest version.");
    }
  }

  private ResponseEntity<Object> unknown(String name, HttpServletRequest request) {
    return Problem.answer(
        new Failure.UnknownModel(name, registry.names(), registry.wasUnloaded(name)), request);
  }

  /** Which version of a model to load. */
  @Schema(name = "LoadRequest", additionalProperties = AdditionalPropertiesValue.FALSE)
  record LoadRequest(
      @JsonProperty("version") @Schema(nullable = true, description = "The newest unless given")
          @Nullable String version) {}

  private Model model(String name) {
    return new Model(
        name,
        name.equals(registry.defaultModel()),
        registry.versions(name).stream().map(ModelsController::version).toList(),
        heads.list(name, damaged -> LOG.warn("not listed: {}", damaged)).stream()
            .map(HeadWire::of)
            .toList());
  }

  private static Version version(ModelState state) {
    return switch (state) {
      case ModelState.Fetching fetching ->
          absent(state, null, new Progress(fetching.bytes(), fetching.total()));
      case ModelState.Unfetched unfetched -> absent(state, unfetched.reason(), null);
      case ModelState.Local local -> version(local);
    };
  }

  private static Version absent(
      ModelState state, @Nullable String reason, @Nullable Progress progress) {
    return new Version(
        null, name(state), reason, progress, null, null, null, null, null, null, List.of());
  }

  private static Version version(ModelState.Local state) {
    ModelSpec spec = state.spec();
    Preprocessing preprocessing = spec.preprocessing();
    PlanReport report = state instanceof ModelState.Ready ready ? ready.model().report() : null;
    return new Version(
        spec.version(),
        name(state),
        state instanceof ModelState.Failed failed ? failed.reason() : null,
        null,
        spec.digest(),
        spec.labels().count(),
        new Input(
            preprocessing.crop(),
            preprocessing.crop(),
            preprocessing.id(),
            preprocessing.normalization().mean(),
            preprocessing.normalization().std()),
        report == null ? null : report.precision(),
        report == null ? null : report.device(),
        report == null ? null : report.deterministic(),
        report == null ? List.of() : plans(report));
  }

  private static List<Plan> plans(PlanReport report) {
    return report.trials().stream()
        .map(trial ->
            new Plan(
                trial.plan(),
                trial.precision(),
                trial.plan().equals(report.plan()) && trial.precision().equals(report.precision()),
                trial.rates(),
                trial.difference(),
                trial.deterministic(),
                trial.refused()))
        .toList();
  }

  private static String name(ModelState state) {
    return switch (state) {
      case ModelState.Starting starting -> starting.phase().name().toLowerCase(Locale.ROOT);
      case ModelState.Ready _ -> "ready";
      case ModelState.Fetching _ -> "fetching";
      case ModelState.Failed _, ModelState.Unfetched _ -> "failed";
    };
  }

  private static ResponseEntity<Object> json(Object body) {
    return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(body);
  }
}
