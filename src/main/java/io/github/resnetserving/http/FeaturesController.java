package io.github.resnetserving.http;

import io.github.resnetserving.inference.Answer;
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
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Images to features. Thread-safe. */
@RestController
@Tag(name = "Images")
final class FeaturesController {

  private static final List<String> PARAMETERS = List.of("layer", "normalize", "dtype", "encoding");
  private static final String NPY = "application/x-npy";

  private final InferenceService inference;
  private final HttpSettings settings;
  private final ImageBodies bodies;

  FeaturesController(InferenceService inference, HttpSettings settings) {
    this.inference = inference;
    this.settings = settings;
    this.bodies = new ImageBodies(settings);
  }

  @PostMapping("/features")
  @Operation(operationId = "features", summary = "The network's features of each image")
  @ImageRequestDocs
  @Parameter(
      in = ParameterIn.QUERY,
      name = "layer",
      description = "pool is the global average pool of the last stage",
      schema = @Schema(type = "string", allowableValues = "pool", defaultValue = "pool"))
  @Parameter(
      in = ParameterIn.QUERY,
      name = "normalize",
      description = "l2 scales each image's features to a length of 1",
      schema =
          @Schema(
              type = "string",
              allowableValues = {"none", "l2"},
              defaultValue = "none"))
  @Parameter(
      in = ParameterIn.QUERY,
      name = "dtype",
      schema =
          @Schema(
              type = "string",
              allowableValues = {"float32", "float16"},
              defaultValue = "float32"))
  @Parameter(
      in = ParameterIn.QUERY,
      name = "encoding",
      description = "json gives numbers, base64 little-endian bytes",
      schema =
          @Schema(
              type = "string",
              allowableValues = {"json", "base64"},
              defaultValue = "json"))
  @ApiResponse(
      responseCode = "200",
      description = "One result an image, in the order of the request",
      content =
          @Content(
              mediaType = "application/json",
              schema = @Schema(implementation = FeaturesResponse.class)))
  ResponseEntity<Object> features(@Parameter(hidden = true) HttpServletRequest request)
      throws IOException, InterruptedException {
    refuseNpy(request.getHeader(HttpHeaders.ACCEPT));
    ImageRequest asked = new ImageRequest(request, PARAMETERS, settings, bodies);
    QueryParameters parameters = asked.parameters();
    String layer = parameters.oneOf("layer", List.of("pool"));
    boolean l2 = parameters.oneOf("normalize", List.of("none", "l2")).equals("l2");
    FeatureEncoder encoder =
        new FeatureEncoder(
            parameters.oneOf("dtype", List.of("float32", "float16")).equals("float16"),
            parameters.oneOf("encoding", List.of("json", "base64")).equals("base64"));
    List<SentImage> images = asked.images();
    Answer<float[]> answer = inference.features(asked.about(images), l2);
    return Answers.answer(
        answer,
        images,
        request,
        (id, success, error) -> result(id, success, error, layer, encoder),
        (answered, results) ->
            new FeaturesResponse(
                ModelWire.of(answered.model()), results, TimingWire.of(answered.timing())));
  }

  private static void refuseNpy(@Nullable String accept) {
    if (accept != null && accept.toLowerCase(Locale.ROOT).contains(NPY)) {
      throw new ProblemException(
          ProblemType.NOT_ACCEPTABLE,
          NPY + " is not supported yet. Ask for encoding=base64, or leave Accept out for JSON.");
    }
  }

  private static FeaturesResponse.Result result(
      @Nullable String id,
      Outcome.@Nullable Success<float[]> success,
      @Nullable Problem error,
      String layer,
      FeatureEncoder encoder) {
    if (success == null) {
      return new FeaturesResponse.Result(id, null, null, error);
    }
    return new FeaturesResponse.Result(
        id, encoder.encode(layer, success.value()), PictureWire.of(success.picture()), null);
  }
}
