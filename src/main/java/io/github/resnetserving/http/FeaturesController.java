package io.github.resnetserving.http;

import io.github.resnetserving.inference.InferenceService;
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
import java.util.function.Function;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Images to features. Thread-safe. */
@RestController
@Tag(name = "Images")
final class FeaturesController {

  private static final List<String> PARAMETERS =
      List.of("crop", "layer", "normalize", "dtype", "encoding");
  private static final String POOL = "pool";
  private static final List<String> LAYERS =
      List.of(POOL, "stem", "layer1", "layer2", "layer3", "layer4");

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
  @CropDocs
  @Parameter(
      in = ParameterIn.QUERY,
      name = "layer",
      description =
          "pool is the global average pool of the last stage; the others are maps, stem after the"
              + " max pool where the network has one",
      schema =
          @Schema(
              type = "string",
              allowableValues = {"pool", "stem", "layer1", "layer2", "layer3", "layer4"},
              defaultValue = "pool"))
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
    ImageRequest asked = new ImageRequest(request, PARAMETERS, settings, bodies);
    QueryParameters parameters = asked.parameters();
    String layer = parameters.oneOf("layer", LAYERS);
    boolean l2 = parameters.oneOf("normalize", List.of("none", "l2")).equals("l2");
    boolean half = parameters.oneOf("dtype", List.of("float32", "float16")).equals("float16");
    boolean base64 = parameters.oneOf("encoding", List.of("json", "base64")).equals("base64");
    FeatureEncoder encoder = new FeatureEncoder(half, base64);
    return layer.equals(POOL)
        ? answer(asked, about -> inference.features(about, l2), FeatureArray::of, layer, encoder)
        : answer(
            asked, about -> inference.maps(about, layer, l2), FeatureArray::of, layer, encoder);
  }

  private <T> ResponseEntity<Object> answer(
      ImageRequest asked,
      ImageTask.Question<T> question,
      Function<T, FeatureArray> array,
      String layer,
      FeatureEncoder encoder)
      throws IOException, InterruptedException {
    var task =
        new ImageTask<T, FeaturesResponse.Result>(
            question,
            (id, success, error) ->
                success == null
                    ? new FeaturesResponse.Result(id, null, null, error)
                    : new FeaturesResponse.Result(
                        id,
                        encoder.encode(layer, array.apply(success.value())),
                        PictureWire.of(success.picture()),
                        null),
            FeaturesResponse.Line::new);
    return Answers.answer(task, asked, asked.images(), FeaturesResponse::new);
  }
}
