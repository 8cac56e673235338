package io.github.resnetserving.rest;

import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.ModelRegistry;
import io.github.resnetserving.inference.ModelState;
import io.github.resnetserving.inference.ModelState.Local;
import io.github.resnetserving.models.CardFile;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.rest.ModelsResponse.Classes;
import io.github.resnetserving.rest.problem.Problem;
import io.github.resnetserving.rest.problem.ProblemType;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What the folder of a model says of it: its classes and its card. Thread-safe. */
@RestController
@Tag(name = "Models")
final class ModelFactsController {

  private static final String NAMED = "A model's name";
  private static final String VERSION =
      "One of its versions; without it the newest that answers, else the newest that is here";
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5); // a download takes longer
  private static final String MARKDOWN = "text/markdown;charset=UTF-8";

  private final ModelRegistry registry;

  ModelFactsController(ModelRegistry registry) {
    this.registry = registry;
  }

  @GetMapping("/models/{name}/classes")
  @Operation(
      operationId = "classes",
      summary = "The classes of a model",
      description = "Every image is answered as one of them.")
  @ApiResponse(
      responseCode = "200",
      description = "The classes, as answers number them; none where it has no classifier",
      content =
          @Content(
              mediaType = "application/json",
              schema = @Schema(implementation = Classes.class)))
  ResponseEntity<Object> classes(
      @PathVariable("name") @Parameter(description = NAMED) String name,
      @RequestParam(name = "version", required = false) @Parameter(description = VERSION)
          @Nullable String version,
      @Parameter(hidden = true) HttpServletRequest request) {
    return switch (find(name, version)) {
      case Found.Model(var model) ->
          ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(Classes.of(model));
      case Found.Missing(var failure) -> Problem.answer(failure, request);
    };
  }

  @GetMapping("/models/{name}/card")
  @Operation(
      operationId = "card",
      summary = "The card of a model",
      description =
          "The file MODEL_CARD.md in its folder: data, recipe, accuracy and every epoch, where"
              + " `train` made it.")
  @ApiResponse(
      responseCode = "200",
      description = "The card",
      content = @Content(mediaType = "text/markdown", schema = @Schema(type = "string")))
  ResponseEntity<Object> card(
      @PathVariable("name") @Parameter(description = NAMED) String name,
      @RequestParam(name = "version", required = false) @Parameter(description = VERSION)
          @Nullable String version,
      @Parameter(hidden = true) HttpServletRequest request)
      throws IOException {
    return switch (find(name, version)) {
      case Found.Missing(var failure) -> Problem.answer(failure, request);
      case Found.Model(var model) -> card(model, request);
    };
  }

  private static ResponseEntity<Object> card(ModelSpec model, HttpServletRequest request)
      throws IOException {
    Optional<String> card = CardFile.read(model);
    if (card.isEmpty()) {
      String detail =
          "The model %s has no card: its folder has no %s.".formatted(model.name(), CardFile.NAME);
      return Problem.answer(Problem.of(ProblemType.NOT_FOUND, detail, request), new HttpHeaders());
    }
    return ResponseEntity.ok()
        .header(HttpHeaders.CONTENT_TYPE, MARKDOWN)
        .body(card.get().getBytes(StandardCharsets.UTF_8));
  }

  private sealed interface Found {

    record Model(ModelSpec model) implements Found {}

    record Missing(Failure failure) implements Found {}
  }

  private Found find(String name, @Nullable String version) {
    List<ModelState> versions = registry.versions(name);
    if (versions.isEmpty()) {
      return new Found.Missing(
          new Failure.UnknownModel(name, registry.names(), registry.wasUnloaded(name)));
    }
    List<Local> here =
        versions.stream().filter(Local.class::isInstance).map(Local.class::cast).toList();
    if (here.isEmpty()) {
      return new Found.Missing(new Failure.NotReady(name, "it is not here yet", RETRY_AFTER));
    }
    if (version == null) {
      Local newest =
          here.stream()
              .filter(ModelState.Ready.class::isInstance)
              .reduce(here.getLast(), (_, later) -> later);
      return new Found.Model(newest.spec());
    }
    List<String> known = here.stream().map(local -> local.spec().version()).toList();
    int at = known.indexOf(version);
    return at < 0
        ? new Found.Missing(new Failure.UnknownVersion(name, version, known))
        : new Found.Model(here.get(at).spec());
  }
}
