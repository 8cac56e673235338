package io.github.resnetserving.rest;

import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Answer.Explanation;
import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.models.Preprocessing.CropMode;
import io.github.resnetserving.rest.ImageResponses.ModelWire;
import io.github.resnetserving.rest.problem.Problem;
import io.github.resnetserving.rest.problem.ProblemException;
import io.github.resnetserving.rest.request.RequestLimits;
import io.github.resnetserving.tensor.CropGeometry;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Handles POST /explain: returns the class activation map of one image. Thread-safe. */
@RestController
@Tag(name = "Images")
final class ExplainController {

  private final InferenceService inference;
  private final RequestLimits limits;
  private final ImageReader reader;

  ExplainController(InferenceService inference, RequestLimits limits, ImageReader reader) {
    this.inference = inference;
    this.limits = limits;
    this.reader = reader;
  }

  @PostMapping("/explain")
  @Operation(
      operationId = "explain",
      summary = "Where in an image the network sees a class",
      description =
          "The class activation map (Zhou et al. 2016): how much each place speaks for the class."
              + " Its mean and the bias are the class's logit.")
  @ApiResponse(
      responseCode = "200",
      description = "The map as numbers, or over the image, as Accept says",
      content = {
        @Content(
            mediaType = "application/json",
            schema = @Schema(implementation = ExplainResponse.class)),
        @Content(mediaType = "image/png", schema = @Schema(type = "string", format = "binary"))
      })
  ResponseEntity<Object> explain(
      @ParameterObject ExplainParameters parameters, HttpServletRequest http)
      throws IOException, InterruptedException {
    var request = ImageRequest.of(http, parameters, limits);
    boolean drawn = request.prefers(MediaType.IMAGE_PNG);
    if (ImageReader.isStream(http)) {
      throw ProblemException.badRequest(
          "A stream of images cannot be explained. Send one image at a time.");
    }
    List<ImagePart> images = reader.read(http, request.deadline());
    if (images.size() > 1) {
      throw ProblemException.badRequest(
          "There are %d images: one is explained at a time.".formatted(images.size()));
    }
    CropMode view = drawn ? CropMode.CENTER_WITH_IMAGE : CropMode.CENTER;
    Answer<Explanation> answer =
        inference.explain(request.toInference(images).withView(view), parameters.classIndex());
    return write(answer, drawn, http);
  }

  private static ResponseEntity<Object> write(
      Answer<Explanation> answer, boolean drawn, HttpServletRequest http) {
    return switch (answer) {
      case Answer.Refused<Explanation>(var failure) -> Problem.answer(failure, http);
      case Answer.Answered<Explanation> answered -> {
        ImageResponses.made(http);
        yield switch (answered.outcomes().getFirst()) {
          case Outcome.Failed<Explanation>(var failure) ->
              ImageResponses.failed(failure, http, answered.timing());
          case Outcome.Success<Explanation> success ->
              drawn
                  ? ImageResponses.ok(answered, MediaType.IMAGE_PNG, png(success))
                  : ImageResponses.ok(
                      answered,
                      MediaType.APPLICATION_JSON,
                      ExplainResponse.of(
                          ModelWire.calibrated(answered.model()),
                          success,
                          TimingWire.of(answered.timing())));
        };
      }
    };
  }

  private static byte[] png(Outcome.Success<Explanation> success) {
    CropGeometry surroundings = success.value().surroundings();
    Pixels preview = surroundings == null ? null : surroundings.preview();
    if (surroundings == null || preview == null) {
      throw new IllegalStateException("the image was asked for and is not there");
    }
    double across = (double) preview.width() / success.image().width();
    double down = (double) preview.height() / success.image().height();
    return new ActivationOverlay(
            preview, surroundings.crop().scaled(across, down), success.value().map())
        .png();
  }
}
