package io.github.resnetserving.rest;

import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Answer.ClassOptions;
import io.github.resnetserving.inference.Answer.Classification;
import io.github.resnetserving.inference.InferenceRequest;
import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.inference.ServedModel;
import io.github.resnetserving.rest.ClassifyResponse.PredictionWire;
import io.github.resnetserving.rest.ImageResponses.ImageWire;
import io.github.resnetserving.rest.ImageResponses.ModelWire;
import io.github.resnetserving.rest.problem.Problem;
import io.github.resnetserving.rest.request.RequestLimits;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Handles POST /classify: returns the most probable classes of each image. Thread-safe. */
@RestController
@Tag(name = "Images")
final class ClassifyController
    implements ImageEndpoint<ClassifyParameters, Classification, ClassifyResponse.Result> {

  private final InferenceService inference;
  private final RequestLimits limits;
  private final ImageReader reader;
  private final ImageStreams streams;

  ClassifyController(
      InferenceService inference, RequestLimits limits, ImageReader reader, ImageStreams streams) {
    this.inference = inference;
    this.limits = limits;
    this.reader = reader;
    this.streams = streams;
  }

  @PostMapping("/classify")
  @Operation(
      operationId = "classify",
      summary = "The most probable classes of each image",
      description =
          "Among several images a bad one has an error in its place, and the others are answered;"
              + " one alone answers with its problem. A stream of lines is answered line by line.")
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
      @ParameterObject ClassifyParameters parameters,
      HttpServletRequest http,
      HttpServletResponse response)
      throws IOException, InterruptedException {
    var request = ImageRequest.of(http, parameters, limits);
    if (ImageReader.isStream(http)) {
      return streams.answer(this, request, response);
    }
    List<ImagePart> images = reader.read(http, request.deadline());
    Answer<Classification> answer = infer(request.toInference(images), parameters);
    return ImageResponses.write(this, request, images, answer);
  }

  @Override
  public Answer<Classification> infer(InferenceRequest request, ClassifyParameters parameters)
      throws InterruptedException {
    return inference.classify(
        request,
        new ClassOptions(
            parameters.topK(), parameters.calibrated(), parameters.abstainBelow()));
  }

  @Override
  public ClassifyResponse.Result result(
      @Nullable String id, Outcome.Success<Classification> success, ClassifyParameters parameters) {
    Classification classification = success.value();
    List<float[]> rows = classification.logits();
    Object logits = rows.size() == 1 ? rows.getFirst() : rows; // a row a crop
    return new ClassifyResponse.Result(
        id,
        classification.predictions().stream().map(PredictionWire::of).toList(),
        Boolean.TRUE.equals(parameters.logits()) ? logits : null,
        classification.verdict().novelty(),
        classification.verdict().abstain(),
        ImageWire.of(success.image()),
        null);
  }

  @Override
  public ClassifyResponse.Result error(@Nullable String id, Problem problem) {
    return new ClassifyResponse.Result(id, null, null, null, null, null, problem);
  }

  @Override
  public ModelWire model(ServedModel model, ClassifyParameters parameters) {
    return Boolean.FALSE.equals(parameters.calibrated())
        ? ModelWire.of(model)
        : ModelWire.calibrated(model);
  }

  @Override
  public Object response(
      ModelWire model, List<ClassifyResponse.Result> results, TimingWire timing) {
    return new ClassifyResponse(model, results, timing);
  }

  @Override
  public Object line(@Nullable ModelWire model, ClassifyResponse.Result result) {
    return new ClassifyResponse.Line(model, result);
  }
}
