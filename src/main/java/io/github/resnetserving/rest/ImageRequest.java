package io.github.resnetserving.rest;

import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.inference.InferenceRequest;
import io.github.resnetserving.rest.problem.ProblemException;
import io.github.resnetserving.rest.request.RequestContext;
import io.github.resnetserving.rest.request.RequestDeadline;
import io.github.resnetserving.rest.request.RequestLease;
import io.github.resnetserving.rest.request.RequestLimits;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;

/**
 * A request with images before its body is read, so that wrong parameters are refused before
 * anything is uploaded.
 *
 * @param deadline when the answer is wanted; of a stream, how long each line may take
 * @param <P> the endpoint's parameters
 */
record ImageRequest<P extends ImageParameters>(
    HttpServletRequest http, P parameters, Deadline deadline) {

  /**
   * Reads the deadline.
   *
   * @throws io.github.resnetserving.rest.request.RequestException 400 if it is out of range
   */
  static <P extends ImageParameters> ImageRequest<P> of(
      HttpServletRequest http, P parameters, RequestLimits limits) {
    Integer given = parameters.deadlineMs();
    return new ImageRequest<>(
        http,
        parameters,
        RequestDeadline.of(
            RequestContext.of(http).arrivalNanos(),
            given == null ? null : given.longValue(),
            limits.deadline()));
  }

  /**
   * What the model is asked for: all images that were read.
   *
   * @throws ProblemException if there are none
   */
  InferenceRequest toInference(List<ImagePart> images) {
    List<byte[]> encoded =
        images.stream().filter(image -> image.problem() == null).map(ImagePart::encoded).toList();
    ProblemException problem = images.getFirst().problem();
    if (problem != null && encoded.isEmpty()) {
      throw problem;
    }
    return toInference(encoded, deadline);
  }

  /** When the answer for an image of a stream is wanted, which arrived at a time. */
  Deadline deadlineOfLine(long arrivalNanos) {
    return new Deadline(arrivalNanos, deadline.limit());
  }

  /** What the model is asked for about one image of a stream, behind interactive requests. */
  InferenceRequest toInferenceOfLine(ImagePart image, Deadline until) {
    return toInference(List.of(image.encoded()), until).inBulk();
  }

  private InferenceRequest toInference(List<byte[]> encoded, Deadline until) {
    return new InferenceRequest(parameters.model(), parameters.version(), encoded, until)
        .withView(parameters.cropMode())
        .withRoom(RequestLease.of(http))
        .withCaller(http.getAttribute(RequestLease.KEY_ATTRIBUTE) instanceof String key ? key : "");
  }

  /**
   * Whether a type of answer is preferred to JSON: named in Accept, and with no smaller weight, and
   * before it where the weights are the same. Every other header means JSON.
   */
  boolean prefers(MediaType type) {
    double best = 0;
    boolean preferred = false;
    for (MediaType accepted : accepted()) {
      boolean named = !accepted.isWildcardType() && accepted.isCompatibleWith(type);
      boolean json = !accepted.isWildcardType() && accepted.includes(MediaType.APPLICATION_JSON);
      if ((named || json) && accepted.getQualityValue() > best) {
        best = accepted.getQualityValue();
        preferred = named;
      }
    }
    return preferred;
  }

  private List<MediaType> accepted() {
    try {
      return MediaType.parseMediaTypes(http.getHeader(HttpHeaders.ACCEPT)); // none where null
    } catch (InvalidMediaTypeException e) {
      return List.of();
    }
  }
}
