package io.github.resnetserving.rest;

import io.github.resnetserving.imageurl.RemoteImages.Room;
import io.github.resnetserving.inference.Deadline;
import io.github.resnetserving.rest.problem.ProblemException;
import io.github.resnetserving.rest.problem.ProblemType;
import io.github.resnetserving.rest.request.BodyReader;
import io.github.resnetserving.rest.request.BodyReader.Body;
import io.github.resnetserving.rest.request.FormBody;
import io.github.resnetserving.rest.request.MultipartReader;
import io.github.resnetserving.rest.request.RequestException;
import io.github.resnetserving.rest.request.RequestLease;
import io.github.resnetserving.rest.request.RequestLimits;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * Finds the images in a body. A few content types have a meaning; every other one, or none, is
 * taken for the bytes of one image, whose format only the bytes can tell. Thread-safe.
 */
final class ImageReader {

  private final BodyReader bodies;
  private final MultipartReader parts;
  private final JsonImages json;
  private final UrlImages urls;

  ImageReader(RequestLimits limits, BodyReader bodies, JsonImages json, UrlImages urls) {
    this.bodies = bodies;
    this.parts = new MultipartReader(bodies, limits.maxImages());
    this.json = json;
    this.urls = urls;
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
   * @throws ProblemException if there are none
   * @throws io.github.resnetserving.rest.request.RequestException if there are too many or too
   *     large ones, or the body cannot be read
   * @throws IOException the client has gone
   */
  List<ImagePart> read(HttpServletRequest request, Deadline deadline)
      throws IOException, InterruptedException {
    List<ImagePart> images =
        switch (mediaType(request)) {
          case "multipart/form-data" ->
              parts.read(request, deadline).stream()
                  .map(part -> new ImagePart(part.fileName(), part.bytes()))
                  .toList();
          case "application/json" ->
              urls.loadAll(sources(request, deadline), deadline, room(RequestLease.of(request)));
          default -> List.of(new ImagePart(null, oneImage(request, deadline)));
        };
    check(images);
    return images;
  }

  private byte[] oneImage(HttpServletRequest request, Deadline deadline) throws IOException {
    byte[] body = bodies.read(request, deadline).bytes();
    String type = mediaType(request);
    if (body.length > 0 && (body[0] == '{' || body[0] == '[')) {
      throw new ProblemException(
          ProblemType.UNSUPPORTED_IMAGE,
          "The body looks like JSON and %s. Send JSON as application/json, lines of JSON as application/x-ndjson."
              .formatted(
                  type.isEmpty()
                      ? "has no Content-Type"
                      : "its Content-Type is " + RequestException.echo(type)));
    }
    if (type.equals(FormBody.TYPE)) {
      FormBody.note(request, body);
    }
    return body;
  }

  private static Room room(RequestLease lease) {
    return new Room() {
      @Override
      public boolean tryTake(long bytes) {
        return lease.tryTake(bytes);
      }

      @Override
      public void giveBack(long bytes) {
        lease.giveBack(bytes);
      }
    };
  }

  /** The text is given back before anything is fetched or decoded. */
  private List<ImagePart.Source> sources(HttpServletRequest request, Deadline deadline)
      throws IOException {
    Body body = bodies.read(request, deadline);
    List<ImagePart.Source> sources = json.read(body.bytes(), RequestLease.of(request)::take);
    body.free();
    return sources;
  }

  private static void check(List<ImagePart> images) {
    if (images.isEmpty()
        || (images.size() == 1
            && images.getFirst().encoded().length == 0
            && images.getFirst().problem() == null)) {
      throw ProblemException.badRequest(
          "The body is empty. Send an image's bytes, or images as multipart/form-data.");
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
