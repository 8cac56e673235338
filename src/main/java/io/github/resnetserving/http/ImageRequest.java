package io.github.resnetserving.http;

import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.inference.InferenceRequest;
import io.github.resnetserving.model.View;
import io.github.resnetserving.rest.request.RequestLease;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A request that brings images: its parameters at once, its body when it is asked for, so that
 * wrong parameters are told before anything is uploaded.
 */
final class ImageRequest {

  private static final List<String> COMMON = List.of("model", "version", "deadline_ms");

  private final HttpServletRequest request;
  private final QueryParameters parameters;
  private final ImageBodies bodies;
  private final Deadline deadline;
  private final View view;

  /**
   * Reads the parameters that all such requests have.
   *
   * @param names of the parameters besides those
   */
  ImageRequest(
      HttpServletRequest request, List<String> names, HttpSettings settings, ImageBodies bodies) {
    List<String> allowed = new ArrayList<>(COMMON);
    allowed.addAll(names);
    this.request = request;
    this.parameters = QueryParameters.of(request, allowed);
    this.bodies = bodies;
    this.deadline = parameters.deadline(settings.deadline(), request);
    this.view =
        parameters.oneOf("crop", List.of("center", "ten")).equals("ten") ? View.TEN : View.CENTER;
  }

  QueryParameters parameters() {
    return parameters;
  }

  /** Whether the body is a stream, which is not read here. */
  boolean isStream() {
    return ImageBodies.isStream(request);
  }

  /** Reads the body; once only. */
  List<SentImage> images() throws IOException, InterruptedException {
    return bodies.read(request, deadline);
  }

  /** When the answer is wanted; of a stream, how long each line may take. */
  Deadline deadline() {
    return deadline;
  }

  HttpServletRequest request() {
    return request;
  }

  /**
   * What to ask of a model about those of the images that can be looked at.
   *
   * @throws ProblemException if there are none
   */
  InferenceRequest about(List<SentImage> images) {
    List<byte[]> encoded =
        images.stream().filter(image -> image.problem() == null).map(SentImage::encoded).toList();
    ProblemException problem = images.getFirst().problem();
    if (problem != null && encoded.isEmpty()) {
      throw problem;
    }
    return about(encoded, deadline);
  }

  /** When the answer for an image of a stream is wanted that arrived just now. */
  Deadline deadline(long arrivalNanos) {
    return new Deadline(arrivalNanos, deadline.limit());
  }

  /** What to ask about one image of a stream, which comes after what somebody waits for. */
  InferenceRequest about(byte[] encoded, Deadline until) {
    return about(List.of(encoded), until).inBulk();
  }

  private InferenceRequest about(List<byte[]> encoded, Deadline until) {
    return new InferenceRequest(
            parameters.text("model"), parameters.text("version"), encoded, until)
        .withView(view)
        .withRoom(RequestLease.of(request));
  }
}
