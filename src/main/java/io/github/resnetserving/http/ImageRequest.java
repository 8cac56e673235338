package io.github.resnetserving.http;

import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.inference.InferenceRequest;
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
  }

  QueryParameters parameters() {
    return parameters;
  }

  /** Reads the body; once only. */
  List<SentImage> images() throws IOException {
    return bodies.read(request, deadline);
  }

  /** What to ask of a model. */
  InferenceRequest about(List<SentImage> images) {
    return new InferenceRequest(
        parameters.text("model"),
        parameters.text("version"),
        images.stream().map(SentImage::encoded).toList(),
        deadline);
  }
}
