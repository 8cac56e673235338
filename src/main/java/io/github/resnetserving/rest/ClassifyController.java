package io.github.resnetserving.rest;

import io.github.resnetserving.heads.HeadRepository;
import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Answer.ClassOptions;
import io.github.resnetserving.inference.Answer.Classification;
import io.github.resnetserving.inference.Answer.HeadClassification;
import io.github.resnetserving.inference.Answer.Verdict;
import io.github.resnetserving.inference.InferenceRequest;
import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.models.Prediction;
import io.github.resnetserving.rest.ClassifyResponse.HeadResult;
import io.github.resnetserving.rest.ClassifyResponse.PredictionWire;
import io.github.resnetserving.rest.ImageResponses.HeadUsed;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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
  private final HeadRepository heads;

  ClassifyController(
      InferenceService inference,
      RequestLimits limits,
      ImageReader reader,
      ImageStreams streams,
      HeadRepository heads) {
    this.heads = heads;
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
              + " one alone answers with its problem. A stream of lines is answered line by line."
              + " With head=NAME the classes are the head's; with several heads each result has"
              + " heads.NAME.predictions.")
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
        new ClassOptions(parameters.topK(), parameters.calibrated(), parameters.abstainBelow()),
        heads.choose(parameters.heads()));
  }

  @Override
  public ClassifyResponse.Result result(
      @Nullable String id, Outcome.Success<Classification> success, ClassifyParameters parameters) {
    Classification classification = success.value();
    ImageWire image = ImageWire.of(success.image());
    List<HeadClassification> heads = classification.heads();
    if (heads.size() > 1) {
      Map<String, HeadResult> results = new LinkedHashMap<>();
      heads.forEach(head ->
          results.put(
              head.head().name(),
              new HeadResult(wire(head.predictions()), logits(head.logits(), parameters))));
      return new ClassifyResponse.Result(id, null, null, null, null, results, image, null);
    }
    List<Prediction> predictions =
        heads.isEmpty() ? classification.predictions() : heads.getFirst().predictions();
    List<float[]> rows = heads.isEmpty() ? classification.logits() : heads.getFirst().logits();
    Verdict verdict = classification.verdict();
    return new ClassifyResponse.Result(
        id,
        wire(predictions),
        logits(rows, parameters),
        verdict == null ? null : verdict.novelty(),
        verdict == null ? null : verdict.abstain(),
        null,
        image,
        null);
  }

  private static List<PredictionWire> wire(List<Prediction> predictions) {
    return predictions.stream().map(PredictionWire::of).toList();
  }

  /** A row a crop; null where none are wanted. */
  private static @Nullable Object logits(List<float[]> rows, ClassifyParameters parameters) {
    if (!Boolean.TRUE.equals(parameters.logits())) {
      return null;
    }
    return rows.size() == 1 ? rows.getFirst() : rows;
  }

  /** Every image of a request is looked at by the same heads. */
  @Override
  public ModelWire model(Answer.Answered<Classification> answered, ClassifyParameters parameters) {
    List<HeadUsed> used =
        answered.outcomes().stream()
            .flatMap(outcome ->
                outcome instanceof Outcome.Success<Classification>(var value, _)
                    ? Stream.of(value)
                    : Stream.empty())
            .findFirst()
            .map(value ->
                value.heads().stream().map(head -> HeadUsed.of(head.head().facts())).toList())
            .orElse(List.of());
    boolean plain = Boolean.FALSE.equals(parameters.calibrated()) || !used.isEmpty();
    ModelWire model =
        plain ? ModelWire.of(answered.model()) : ModelWire.calibrated(answered.model());
    return model.with(used);
  }

  @Override
  public ClassifyResponse.Result error(@Nullable String id, Problem problem) {
    return new ClassifyResponse.Result(id, null, null, null, null, null, null, problem);
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
