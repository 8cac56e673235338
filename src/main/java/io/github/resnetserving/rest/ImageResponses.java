package io.github.resnetserving.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.heads.Head;
import io.github.resnetserving.image.ImageNote;
import io.github.resnetserving.image.PreparedImage.ImageInfo;
import io.github.resnetserving.inference.Answer;
import io.github.resnetserving.inference.Answer.Timing;
import io.github.resnetserving.inference.Failure;
import io.github.resnetserving.inference.Outcome;
import io.github.resnetserving.inference.ServedModel;
import io.github.resnetserving.models.PlanReport;
import io.github.resnetserving.rest.problem.Problem;
import io.github.resnetserving.rest.problem.ProblemException;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/** Writes what was inferred: results, or a problem for the whole request. Without state. */
final class ImageResponses {

  private static final String MADE = ImageResponses.class.getName() + ".made";

  private ImageResponses() {}

  /** Notes that a request's answer is there, and is about to be written. */
  static void made(ServletRequest request) {
    request.setAttribute(MADE, System.nanoTime());
  }

  /** Nanoseconds since a request's answer was there; empty if there was none. */
  static OptionalLong writingNanos(ServletRequest request) {
    return request.getAttribute(MADE) instanceof Long since
        ? OptionalLong.of(System.nanoTime() - since)
        : OptionalLong.empty();
  }

  /**
   * Writes the answer to a request as JSON.
   *
   * @param images those of the request; the answer has an outcome for each that was read
   */
  static <P extends ImageParameters, T, R> ResponseEntity<Object> write(
      ImageEndpoint<P, T, R> endpoint,
      ImageRequest<P> request,
      List<ImagePart> images,
      Answer<T> answer) {
    return switch (answer) {
      case Answer.Refused<T>(var failure) -> Problem.answer(failure, request.http());
      case Answer.Answered<T> answered -> {
        made(request.http());
        Failure common = commonFailure(images, answered.outcomes());
        if (common != null) {
          yield failed(common, request.http(), answered.timing());
        }
        ModelWire model = endpoint.model(answered, request.parameters());
        CacheHeaders cache = CacheHeaders.of(request, images, answered, model);
        if (cache.isUnchanged(request.http())) {
          yield cache.notModified(answered);
        }
        Iterator<Outcome<T>> outcomes = answered.outcomes().iterator();
        List<R> results = new ArrayList<>(images.size());
        for (ImagePart image : images) {
          results.add(
              result(endpoint, request, image, image.problem() == null ? outcomes.next() : null));
        }
        yield ok(
            answered,
            cache.headers(),
            MediaType.APPLICATION_JSON,
            endpoint.response(model, results, TimingWire.of(answered.timing())));
      }
    };
  }

  /** A problem with the times that were spent on images before they failed. */
  static ResponseEntity<Object> failed(Failure failure, HttpServletRequest http, Timing timing) {
    ResponseEntity<Object> problem = Problem.answer(failure, http);
    return ResponseEntity.status(problem.getStatusCode())
        .headers(problem.getHeaders())
        .header(TimingWire.HEADER, TimingWire.header(timing))
        .body(problem.getBody());
  }

  /** An answer with the times that it took. */
  static ResponseEntity<Object> ok(
      Answer.Answered<?> answered, HttpHeaders headers, MediaType type, Object body) {
    return ResponseEntity.ok()
        .headers(headers)
        .header(TimingWire.HEADER, TimingWire.header(answered.timing()))
        .contentType(type)
        .body(body);
  }

  /**
   * Makes a line of a stream's answer.
   *
   * @param answer null where the image was not read
   */
  static <P extends ImageParameters, T, R> Object line(
      ImageEndpoint<P, T, R> endpoint,
      ImageRequest<P> request,
      ImagePart image,
      @Nullable Answer<T> answer) {
    return switch (answer) {
      case null -> endpoint.line(null, result(endpoint, request, image, null));
      case Answer.Refused<T>(var failure) ->
          endpoint.line(null, endpoint.error(image.id(), Problem.of(failure, request.http())));
      case Answer.Answered<T> answered ->
          endpoint.line(
              endpoint.model(answered, request.parameters()),
              result(endpoint, request, image, answered.outcomes().getFirst()));
    };
  }

  /**
   * @param outcome null where the image was not read
   */
  private static <P extends ImageParameters, T, R> R result(
      ImageEndpoint<P, T, R> endpoint,
      ImageRequest<P> request,
      ImagePart image,
      @Nullable Outcome<T> outcome) {
    return switch (outcome) {
      case null -> endpoint.error(image.id(), problem(image, request.http()));
      case Outcome.Success<T> success -> endpoint.result(image.id(), success, request.parameters());
      case Outcome.Failed<T>(var failure) ->
          endpoint.error(image.id(), Problem.of(failure, request.http()));
    };
  }

  private static Problem problem(ImagePart image, HttpServletRequest request) {
    ProblemException problem = image.problem();
    if (problem == null) {
      throw new IllegalStateException("an image that was read has no outcome");
    }
    return Problem.of(problem.type(), problem.detail(), request);
  }

  /**
   * The failure that stands for the whole request: that of an only image, or, where no image was
   * answered, one that is not the images' fault, so that an overloaded server says so by its
   * status.
   */
  private static <T> @Nullable Failure commonFailure(
      List<ImagePart> images, List<Outcome<T>> outcomes) {
    List<Failure> failures = new ArrayList<>();
    for (Outcome<T> outcome : outcomes) {
      if (outcome instanceof Outcome.Failed<T>(var failure)) {
        failures.add(failure);
      }
    }
    if (failures.size() < images.size()) {
      return null;
    }
    return failures.size() == 1
        ? failures.getFirst()
        : failures.stream()
            .filter(failure -> !(failure instanceof Failure.BadImage))
            .findFirst()
            .orElse(null);
  }

  /**
   * Which model answered, exactly: the digest and the preprocessing make an answer reproducible.
   */
  @Schema(name = "ModelUsed")
  record ModelWire(
      @JsonProperty("name") @Schema(example = "resnet50") String name,
      @JsonProperty("version") @Schema(example = "1") String version,
      @JsonProperty("weights") @Schema(description = "Digest of the weights file") String weights,
      @JsonProperty("preprocessing") @Schema(example = "resize232-bilinear-crop224")
          String preprocessing,
      @JsonProperty("precision") @Schema(example = "fp32") String precision,
      @JsonProperty("deterministic")
          @Schema(
              description =
                  "Whether the same image gets the same bits alone and in any batch, as compared on"
                      + " this machine. False while that is being compared, too")
          boolean deterministic,
      @JsonProperty("calibration")
          @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(description = "How probabilities were calibrated; absent where they were not")
          @Nullable CalibrationWire calibration,
      @JsonProperty("heads")
          @JsonInclude(JsonInclude.Include.NON_EMPTY)
          @Schema(
              description = "The heads that answered; absent where the model's own classifier did")
          List<HeadUsed> heads) {

    static ModelWire of(ServedModel model) {
      return of(model, null);
    }

    /** With where the temperature of the answer's probabilities comes from. */
    static ModelWire calibrated(ServedModel model) {
      return of(
          model,
          model
              .confidence()
              .source()
              .map(source -> new CalibrationWire(source.temperature(), source.digest()))
              .orElse(null));
    }

    private static ModelWire of(ServedModel model, @Nullable CalibrationWire calibration) {
      PlanReport report = model.report();
      return new ModelWire(
          model.spec().name(),
          model.spec().version(),
          model.spec().digest(),
          model.spec().preprocessing().id(),
          report.precision(),
          report.deterministic(),
          calibration,
          List.of());
    }

    /** The same with the heads that answered. */
    ModelWire with(List<HeadUsed> answering) {
      return new ModelWire(
          name, version, weights, preprocessing, precision, deterministic, calibration, answering);
    }
  }

  /** Which head answered, exactly. */
  @Schema(name = "HeadUsed")
  record HeadUsed(
      @JsonProperty("name") @Schema(example = "flowers") String name,
      @JsonProperty("version") @Schema(example = "1") String version,
      @JsonProperty("digest") @Schema(description = "Digest of its numbers") String digest) {

    static HeadUsed of(Head.Facts head) {
      return new HeadUsed(head.name(), head.version(), head.digest());
    }
  }

  /** What the logits were divided by before softmax, and the file that says so. */
  @Schema(name = "CalibrationUsed")
  record CalibrationWire(
      @JsonProperty("temperature") @Schema(example = "1.57") double temperature,
      @JsonProperty("digest") @Schema(description = "Digest of the model's confidence.json")
          String digest) {}

  /** What an image was; its size is that after EXIF orientation. */
  @Schema(name = "ImageInfo")
  record ImageWire(
      @JsonProperty("format") @Schema(example = "jpeg") String format,
      @JsonProperty("width") int width,
      @JsonProperty("height") int height,
      @JsonProperty("notes")
          @JsonInclude(JsonInclude.Include.NON_EMPTY)
          @Schema(
              description =
                  "What is odd about the image's file, of which every pixel was read all the same;"
                      + " absent where nothing is",
              example = "[\"end marker missing\"]")
          List<String> notes) {

    static ImageWire of(ImageInfo image) {
      return new ImageWire(
          image.format(),
          image.width(),
          image.height(),
          image.notes().stream().map(ImageNote::text).toList());
    }
  }
}
