package io.github.resnetserving.http;

import io.github.resnetserving.inference.Classification;
import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.inference.Outcome;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Images to labels. Thread-safe. */
@RestController
@Tag(name = "Images")
final class ClassifyController {

  private static final List<String> PARAMETERS = List.of("crop", "top_k", "logits");

  private final InferenceService inference;
  private final HttpSettings settings;
  private final ImageBodies bodies;
  private final NdjsonAnswers streams;

  ClassifyController(
      InferenceService inference,
      HttpSettings settings,
      ImageBodies bodies,
      NdjsonAnswers streams) {
    this.inference = inference;
    this.settings = settings;
    this.bodies = bodies;
    this.streams = streams;
  }

  @PostMapping("/classify")
  @Operation(
      operationId = "classify",
      summary = "The most probable classes of each image",
      description =
          "Among several images a bad one has an error in its place, and the others are answered; one"
              + " alone answers with its problem. A stream of lines is answered line by line.")
  @ImageRequestDocs
  @CropDocs
  @Parameter(
      in = ParameterIn.QUERY,
      name = "top_k",
      description = "How many classes; without it the smaller of 5 and all",
      schema = @Schema(type = "integer", format = "int32", minimum = "1"))
  @Parameter(
      in = ParameterIn.QUERY,
      name = "logits",
      description = "Whether to add the scores of all classes before softmax",
      schema = @Schema(type = "boolean", defaultValue = "false"))
  @ApiResponse(
      responseCode = "200",
      description = "One result an image, in the order of the request",
      content = {
        @Content(
            mediaType = "application/json",
            schema = @Schema(implementation = ClassifyResponse.class)),
        @Content(
            mediaType = "application/x-ndjson",
            schema = @Schema(implementation = ClassifyResponse.Line.class))
      })
  @Nullable ResponseEntity<Object> classify(
      @Parameter(hidden = true) HttpServletRequest request,
      @Parameter(hidden = true) HttpServletResponse response)
      throws IOException, InterruptedException {
    ImageRequest asked = new ImageRequest(request, PARAMETERS, settings, bodies);
    Integer topK = asked.parameters().integer("top_k");
    boolean logits = asked.parameters().flag("logits");
    var task =
        new ImageTask<Classification, ClassifyResponse.Result>(
            about -> inference.classify(about, topK),
            (id, success, error) -> result(id, success, error, logits),
            ClassifyResponse.Line::new);
    if (asked.isStream()) {
      return streams.answer(task, asked, response);
    }
    return Answers.answer(task, asked, asked.images(), ClassifyResponse::new);
  }

  private static ClassifyResponse.Result result(
      @Nullable String id,
      Outcome.@Nullable Success<Classification> success,
      @Nullable Problem error,
      boolean logits) {
    if (success == null) {
      return new ClassifyResponse.Result(id, null, null, null, error);
    }
    Classification classification = success.value();
    return new ClassifyResponse.Result(
        id,
        classification.predictions().stream().map(PredictionWire::of).toList(),
        logits ? logits(classification) : null,
        PictureWire.of(success.picture()),
        null);
  }

  /** One row a crop; where there is one only, that row. */
  private static Object logits(Classification classification) {
    List<float[]> rows = classification.logits();
    return rows.size() == 1 ? rows.getFirst() : rows;
  }
}
