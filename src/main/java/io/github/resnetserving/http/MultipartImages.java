package io.github.resnetserving.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.tomcat.util.http.fileupload.FileItemIterator;
import org.apache.tomcat.util.http.fileupload.FileItemStream;
import org.apache.tomcat.util.http.fileupload.FileUpload;
import org.apache.tomcat.util.http.fileupload.UploadContext;

/**
 * Images as the parts of a multipart body, whatever the parts are called. The container's own
 * reading of parts is not used: it knows neither deadline nor budget. Thread-safe.
 */
final class MultipartImages {

  /** Far more than images are allowed; bounds the work for a body of nothing but boundaries. */
  private static final int MAX_PARTS = 1000;

  private MultipartImages() {}

  /**
   * The parts in their order, each named by its file name.
   *
   * @param contentType with the parameter {@code boundary}
   */
  static List<SentImage> read(byte[] body, String contentType) {
    FileUpload upload = new FileUpload();
    upload.setHeaderEncoding(StandardCharsets.UTF_8.name());
    List<SentImage> images = new ArrayList<>();
    try {
      FileItemIterator parts =
          upload.getItemIterator(
              new Body(new ByteArrayInputStream(body), body.length, contentType));
      while (parts.hasNext()) {
        if (images.size() == MAX_PARTS) {
          throw malformed();
        }
        FileItemStream part = parts.next();
        try (InputStream in = part.openStream()) {
          images.add(new SentImage(part.getName(), in.readAllBytes()));
        }
      }
      return images;
    } catch (IOException e) { // no boundary, or an end that comes too early
      throw malformed();
    }
  }

  private static ProblemException malformed() {
    return ProblemException.badRequest("The multipart body is malformed or has too many parts.");
  }

  /** A body as the parser wants it. */
  private record Body(InputStream in, long contentLength, String contentType)
      implements UploadContext {

    @Override
    public String getCharacterEncoding() {
      return StandardCharsets.UTF_8.name();
    }

    @Override
    public String getContentType() {
      return contentType;
    }

    @Override
    public InputStream getInputStream() {
      return in;
    }
  }
}
