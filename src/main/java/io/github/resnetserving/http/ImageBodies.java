package io.github.resnetserving.http;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.inference.Deadline;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * Finds the images in a body. A few content types have a meaning; every other one, or none, is
 * taken for the bytes of one image, whose format only the bytes can tell. Thread-safe.
 */
final class ImageBodies {

  private final int maxImages;
  private final BodyReader bodies;
  private final JsonImages json;
  private final Budget budget;
  private final UrlImages urls;

  ImageBodies(HttpSettings settings, UrlImages urls) {
    this.maxImages = settings.maxImages();
    this.bodies = new BodyReader(settings.maxBodyBytes(), settings.bodies());
    this.json = new JsonImages(settings.maxBodyBytes());
    this.budget = settings.bodies();
    this.urls = urls;
  }

  JsonImages json() {
    return json;
  }

  /** Whether images come one a line, for as long as the client likes. */
  static boolean isStream(HttpServletRequest request) {
    return mediaType(request).equals("application/x-ndjson");
  }

  /** Whether the body is one image's bytes, as far as the content type says. */
  static boolean isOneImage(HttpServletRequest request) {
    return switch (mediaType(request)) {
      case "multipart/form-data", "application/json", "application/x-ndjson" -> false;
      default -> true;
    };
  }

  /**
   * The images of a request, in their order.
   *
   * @return at least one and no more than allowed; the bytes of one among several may be empty
   * @throws ProblemException if there are none, too many or too large ones
   * @throws IOException the client has gone
   */
  List<SentImage> read(HttpServletRequest request, Deadline deadline)
      throws IOException, InterruptedException {
    List<SentImage> images =
        switch (mediaType(request)) {
          case "multipart/form-data" ->
              MultipartImages.read(bodies.read(request, deadline), request.getContentType());
          case "application/json" -> {
            List<ImageSource> sources = json.read(bodies.read(request, deadline));
            checkCount(sources.size()); // before anything is fetched
            yield urls.loadAll(sources, deadline, BodyLease.of(request, budget)::tryTake);
          }
          default -> List.of(new SentImage(null, bodies.read(request, deadline)));
        };
    check(images);
    return images;
  }

  private void check(List<SentImage> images) {
    if (images.isEmpty()
        || (images.size() == 1
            && images.getFirst().encoded().length == 0
            && images.getFirst().problem() == null)) {
      throw ProblemException.badRequest(
          "The body is empty. Send an image's bytes, or images as multipart/form-data.");
    }
    checkCount(images.size());
  }

  private void checkCount(int images) {
    if (images > maxImages) {
      throw ProblemException.badRequest(
          "There are %d images: a request may have %d.".formatted(images, maxImages));
    }
  }

  /** The type without its parameters, in lower case; empty if there is none. */
  private static String mediaType(HttpServletRequest request) {
    String type = request.getContentType();
    if (type == null) {
      return "";
    }
    int parameters = type.indexOf(';');
    String bare = parameters < 0 ? type : type.substring(0, parameters);
    return bare.strip().toLowerCase(Locale.ROOT);
  }
}
