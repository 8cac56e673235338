package io.github.resnetserving.http;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.tomcat.util.http.InvalidParameterException;

/** Images as the parts of a multipart body, whatever the parts are called. Thread-safe. */
final class MultipartImages {

  private static final int TOO_LARGE = 413;

  private final BodyReader bodies;

  MultipartImages(BodyReader bodies) {
    this.bodies = bodies;
  }

  /** The parts in their order, each named by its file name. */
  List<SentImage> read(HttpServletRequest request) throws IOException {
    bodies.checkLength(request);
    List<SentImage> images = new ArrayList<>();
    for (Part part : parts(request)) {
      try (InputStream in = part.getInputStream()) {
        images.add(new SentImage(part.getSubmittedFileName(), in.readAllBytes()));
      }
    }
    return images;
  }

  private Collection<Part> parts(HttpServletRequest request) throws IOException {
    try {
      return request.getParts();
    } catch (InvalidParameterException e) {
      throw e.getErrorCode() == TOO_LARGE ? bodies.tooLarge() : malformed(e);
    } catch (ServletException | IllegalStateException e) {
      throw malformed(e);
    } catch (IOException e) {
      // Tomcat reports a body that ends too early, a missing boundary and a stalled client alike.
      throw malformed(e);
    }
  }

  private static ProblemException malformed(Exception e) {
    if (BodyReader.isTimeout(e)) {
      return BodyReader.tooSlow();
    }
    return ProblemException.badRequest("The multipart body is malformed or has too many parts.");
  }
}
