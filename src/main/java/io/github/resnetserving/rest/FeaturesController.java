package io.github.resnetserving.rest;

import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.InferenceRequest;
import io.github.resnetserving.inference.InferenceService;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.rest.FeaturesResponse.FeatureArray;
import io.github.resnetserving.rest.ImageResponses.ImageWire;
import io.github.resnetserving.rest.ImageResponses.ModelWire;
import io.github.resnetserving.rest.problem.Problem;
import io.github.resnetserving.rest.problem.ProblemException;
import io.github.resnetserving.rest.problem.ProblemType;
import io.github.resnetserving.rest.request.RequestLimits;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.annotations.ParameterObject;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Handles POST /features: returns the features of each image. Thread-safe. */
@RestController
@Tag(name = "Images")
final class FeaturesController
    implements ImageEndpoint<FeaturesParameters, FeatureArray, FeaturesResponse.Result> {

  private final InferenceService inference;
  private final RequestLimits limits;
  private final ImageReader reader;
  private final ImageStreams streams;

  FeaturesController(
      InferenceService inference, RequestLimits limits, ImageReader reader, ImageStreams streams) {
    this.inference = inference;
    this.limits = limits;
    this.reader = reader;
    this.streams = streams;
  }

  @PostMapping("/features")
  @Operation(
      operationId = "features",
      summary = "The network's features of each image",
      description =
          "As numbers, as bytes in base64, or with `Accept: application/x-npy` as one NumPy array"
              + " (n, …) of all images, where one that cannot be read fails the request. A stream"
              + " of lines is answered line by line.")
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
      @ParameterObject FeaturesParameters parameters,
      HttpServletRequest http,
      HttpServletResponse response)
      throws IOException, InterruptedException {
    var request = ImageRequest.of(http, parameters, limits);
    boolean npy = request.prefers(NpyBody.TYPE);
    if (ImageReader.isStream(http)) {
      if (npy) {
        throw new ProblemException(
            ProblemType.NOT_ACCEPTABLE,
            "A stream of images cannot be answered with one array. Send multipart/form-data.");
      }
      return streams.answer(this, request, response);
    }
    List<ImagePart> images = reader.read(http, request.deadline());
    if (npy) {
      requireAll(images);
    }
    Answer<FeatureArray> answer = infer(request.toInference(images), parameters);
    return npy
        ? writeArray(request, images, answer, response)
        : ImageResponses.write(this, request, images, answer);
  }

  /** An array has no place for an image that was not read. */
  private static void requireAll(List<ImagePart> images) {
    for (ImagePart image : images) {
      if (image.problem() != null) {
        throw image.problem();
      }
    }
  }

  @Override
  public Answer<FeatureArray> infer(InferenceRequest request, FeaturesParameters parameters)
      throws InterruptedException {
    return parameters.isIntermediate()
        ? inference.maps(request, parameters.layerName(), parameters.isL2()).map(FeatureArray::of)
        : inference.features(request, parameters.isL2()).map(FeatureArray::of);
  }

  @Override
  public FeaturesResponse.Result result(
      @Nullable String id, Outcome.Success<FeatureArray> success, FeaturesParameters parameters) {
    return new FeaturesResponse.Result(
        id,
        FeaturesResponse.Features.of(success.value(), parameters),
        ImageWire.of(success.image()),
        null);
  }

  @Override
  public FeaturesResponse.Result error(@Nullable String id, Problem problem) {
    return new FeaturesResponse.Result(id, null, null, problem);
  }

  @Override
  public Object response(
      ModelWire model, List<FeaturesResponse.Result> results, TimingWire timing) {
    return new FeaturesResponse(model, results, timing);
  }

  @Override
  public Object line(@Nullable ModelWire model, FeaturesResponse.Result result) {
    return new FeaturesResponse.Line(model, result);
  }

  private static @Nullable ResponseEntity<Object> writeArray(
      ImageRequest<FeaturesParameters> request,
      List<ImagePart> images,
      Answer<FeatureArray> answer,
      HttpServletResponse response)
      throws IOException {
    return switch (answer) {
      case Answer.Refused<FeatureArray>(var failure) -> Problem.answer(failure, request.http());
      case Answer.Answered<FeatureArray> answered ->
          writeArray(request, images, answered, response);
    };
  }

  private static @Nullable ResponseEntity<Object> writeArray(
      ImageRequest<FeaturesParameters> request,
      List<ImagePart> images,
      Answer.Answered<FeatureArray> answered,
      HttpServletResponse response)
      throws IOException {
    ImageResponses.made(request.http());
    List<FeatureArray> arrays = new ArrayList<>(answered.outcomes().size());
    for (Outcome<FeatureArray> outcome : answered.outcomes()) {
      switch (outcome) {
        case Outcome.Success<FeatureArray> success -> arrays.add(success.value());
        case Outcome.Failed<FeatureArray>(var failure) -> {
          return ImageResponses.failed(failure, request.http(), answered.timing());
        }
      }
    }
    CacheHeaders cache = CacheHeaders.of(request, images, answered, ModelWire.of(answered.model()));
    if (cache.isUnchanged(request.http())) {
      return cache.notModified(answered);
    }
    cache.headers().forEach((name, values) -> response.setHeader(name, values.getFirst()));
    response.setHeader(TimingWire.HEADER, TimingWire.header(answered.timing()));
    new NpyBody(arrays, request.parameters().isHalf()).writeTo(response);
    return null; // answered
  }
}
