package io.github.resnetserving.http;

import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Explanation;
import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.model.Surroundings;
import io.github.resnetserving.model.View;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** An image to the places that speak for a class. Thread-safe. */
@RestController
@Tag(name = "Images")
final class ExplainController {

  private static final List<String> PARAMETERS = List.of("class");

  private final InferenceService inference;
  private final HttpSettings settings;
  private final ImageBodies bodies;

  ExplainController(InferenceService inference, HttpSettings settings, ImageBodies bodies) {
    this.inference = inference;
    this.settings = settings;
    this.bodies = bodies;
  }

  @PostMapping("/explain")
  @Operation(
      operationId = "explain",
      summary = "Where in an image the network sees a class",
      description =
          "The class activation map (Zhou et al. 2016): how much each place speaks for the class."
              + " Its mean and the bias are the class's logit.")
  @OneImageDocs
  @Parameter(
      in = ParameterIn.QUERY,
      name = "class",
      description = "A class's index; without it the most probable one",
      schema = @Schema(type = "integer", format = "int32", minimum = "0"))
  @ApiResponse(
      responseCode = "200",
      description = "The map as numbers, or over the image, as Accept says",
      content = {
        @Content(
            mediaType = "application/json",
            schema = @Schema(implementation = ExplainResponse.class)),
        @Content(mediaType = "image/png", schema = @Schema(type = "string", format = "binary"))
      })
  ResponseEntity<Object> explain(@Parameter(hidden = true) HttpServletRequest request)
      throws IOException, InterruptedException {
    ImageRequest asked = new ImageRequest(request, PARAMETERS, settings, bodies);
    Integer classIndex = asked.parameters().integer("class");
    boolean drawn = Accept.prefers(MediaType.IMAGE_PNG, request);
    if (asked.isStream()) {
      throw ProblemException.badRequest(
          "A stream of images cannot be explained. Send one image at a time.");
    }
    List<SentImage> images = asked.images();
    if (images.size() > 1) {
      throw ProblemException.badRequest(
          "There are %d images: one is explained at a time.".formatted(images.size()));
    }
    Answer<Explanation> answer =
        inference.explain(
            asked.about(images).withView(drawn ? View.CENTER_AND_PICTURE : View.CENTER),
            classIndex);
    return switch (answer) {
      case Answer.Refused<Explanation>(var failure) -> Problems.answer(failure, request);
      case Answer.Answered<Explanation> answered -> answer(answered, drawn, request);
    };
  }

  private static ResponseEntity<Object> answer(
      Answer.Answered<Explanation> answered, boolean drawn, HttpServletRequest request) {
    AnswerWriting.begin(request);
    String times = ServerTiming.of(answered.timing());
    return switch (answered.outcomes().getFirst()) {
      case Outcome.Failed<Explanation>(var failure) -> Problems.answer(failure, request, times);
      case Outcome.Success<Explanation> success -> {
        byte[] png = drawn ? png(success) : null;
        Object body =
            png != null
                ? png
                : ExplainResponse.of(
                    ModelWire.of(answered.model()), success, TimingWire.of(answered.timing()));
        yield ResponseEntity.ok()
            .header(ServerTiming.HEADER, times)
            .contentType(png != null ? MediaType.IMAGE_PNG : MediaType.APPLICATION_JSON)
            .body(body);
      }
    };
  }

  private static byte[] png(Outcome.Success<Explanation> success) {
    Surroundings surroundings = success.value().surroundings();
    Pixels preview = surroundings == null ? null : surroundings.preview();
    if (surroundings == null || preview == null) {
      throw new IllegalStateException("the picture was asked for and is not there");
    }
    double across = (double) preview.width() / success.picture().width();
    double down = (double) preview.height() / success.picture().height();
    return new ActivationOverlay(
            preview, surroundings.crop().scaled(across, down), success.value().map())
        .png();
  }
}
