package io.github.resnetserving.http;

import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Failure;
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
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
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
  private final NdjsonAnswers streams;

  FeaturesController(
      InferenceService inference,
      HttpSettings settings,
      ImageBodies bodies,
      NdjsonAnswers streams) {
    this.inference = inference;
    this.settings = settings;
    this.bodies = bodies;
    this.streams = streams;
  }

  @PostMapping("/features")
  @Operation(
      operationId = "features",
      summary = "The network's features of each image",
      description =
          "As numbers, as bytes in base64, or with `Accept: application/x-npy` as one NumPy array (n, …)"
              + " of all images, where one that cannot be read fails the request. A stream of lines is"
              + " answered line by line.")
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
      description = "What the numbers are rounded to",
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
      content = {
        @Content(
            mediaType = "application/json",
            schema = @Schema(implementation = FeaturesResponse.class)),
        @Content(
            mediaType = "application/x-ndjson",
            schema = @Schema(implementation = FeaturesResponse.Line.class)),
        @Content(
            mediaType = "application/x-npy",
            schema = @Schema(type = "string", format = "binary"))
      })
  @Nullable ResponseEntity<Object> features(
      @Parameter(hidden = true) HttpServletRequest request,
      @Parameter(hidden = true) HttpServletResponse response)
      throws IOException, InterruptedException {
    ImageRequest asked = new ImageRequest(request, PARAMETERS, settings, bodies);
    QueryParameters parameters = asked.parameters();
    String layer = parameters.oneOf("layer", LAYERS);
    boolean l2 = parameters.oneOf("normalize", List.of("none", "l2")).equals("l2");
    boolean half = parameters.oneOf("dtype", List.of("float32", "float16")).equals("float16");
    boolean base64 = parameters.oneOf("encoding", List.of("json", "base64")).equals("base64");
    FeatureEncoder encoder = new FeatureEncoder(half, base64);
    return layer.equals(POOL)
        ? answer(
            asked,
            about -> inference.features(about, l2),
            FeatureArray::of,
            layer,
            encoder,
            response)
        : answer(
            asked,
            about -> inference.maps(about, layer, l2),
            FeatureArray::of,
            layer,
            encoder,
            response);
  }

  private <T> @Nullable ResponseEntity<Object> answer(
      ImageRequest asked,
      ImageTask.Question<T> question,
      Function<T, FeatureArray> array,
      String layer,
      FeatureEncoder encoder,
      HttpServletResponse response)
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
    boolean npy = Accept.prefers(NpyBody.TYPE, asked.request());
    if (asked.isStream()) {
      if (npy) {
        throw new ProblemException(
            ProblemType.NOT_ACCEPTABLE,
            "A stream of images cannot be answered with one array. Send multipart/form-data.");
      }
      return streams.answer(task, asked, response);
    }
    return npy
        ? answer(question.ask(asked.about(allOf(asked.images()))), array, encoder, asked, response)
        : Answers.answer(task, asked, asked.images(), FeaturesResponse::new);
  }

  /** An array has no place for an image that cannot be looked at. */
  private static List<SentImage> allOf(List<SentImage> images) {
    for (SentImage image : images) {
      if (image.problem() != null) {
        throw image.problem();
      }
    }
    return images;
  }

  private static <T> @Nullable ResponseEntity<Object> answer(
      Answer<T> answer,
      Function<T, FeatureArray> array,
      FeatureEncoder encoder,
      ImageRequest asked,
      HttpServletResponse response)
      throws IOException {
    return switch (answer) {
      case Answer.Refused<T>(var failure) -> Problems.answer(failure, asked.request());
      case Answer.Answered<T> answered -> {
        AnswerWriting.begin(asked.request());
        String times = ServerTiming.of(answered.timing());
        List<FeatureArray> arrays = new ArrayList<>(answered.outcomes().size());
        Failure failure = collect(answered.outcomes(), array, arrays);
        if (failure != null) {
          yield Problems.answer(failure, asked.request(), times);
        }
        NpyBody body = new NpyBody(arrays, encoder.half());
        response.setHeader(ServerTiming.HEADER, times);
        response.setContentType(NpyBody.TYPE.toString());
        response.setContentLengthLong(body.length());
        body.writeTo(response.getOutputStream());
        yield null; // answered
      }
    };
  }

  /** Returns the first failure, if there is one. */
  private static <T> @Nullable Failure collect(
      List<Outcome<T>> outcomes, Function<T, FeatureArray> array, List<FeatureArray> arrays) {
    for (Outcome<T> outcome : outcomes) {
      switch (outcome) {
        case Outcome.Success<T> success -> arrays.add(array.apply(success.value()));
        case Outcome.Failed<T>(var failure) -> {
          return failure;
        }
      }
    }
    return null;
  }
}
