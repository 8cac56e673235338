package io.github.resnetserving.rest.request;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.inference.Deadline;
import jakarta.servlet.http.HttpServletRequest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.tomcat.util.http.fileupload.FileItemHeaders;
import org.apache.tomcat.util.http.fileupload.FileItemIterator;
import org.apache.tomcat.util.http.fileupload.FileItemStream;
import org.apache.tomcat.util.http.fileupload.FileUpload;
import org.apache.tomcat.util.http.fileupload.InvalidFileNameException;
import org.apache.tomcat.util.http.fileupload.UploadContext;
import org.jspecify.annotations.Nullable;

/**
 * Reads the parts of a multipart body while it arrives, so that each is in memory once and there
 * are never more than are allowed. The container's own reading of parts is not used: it knows
 * neither deadline nor budget. Thread-safe.
 */
public final class MultipartReader {

  /** Bytes of a part's headers at most; a file's name is among them. */
  private static final int MAX_HEADERS = 2048;

  private static final int CHUNK = 1 << 13;

  /**
   * One part.
   *
   * @param fileName null where it has none
   */
  @SuppressWarnings("ArrayRecordComponent") // megabytes
  public record Part(@Nullable String fileName, byte[] bytes) {}

  private final BodyReader bodies;
  private final RequestLimits limits;
  private final int maxParts;

  /**
   * @param maxParts parts of a body at most
   */
  public MultipartReader(BodyReader bodies, int maxParts) {
    this.bodies = bodies;
    this.limits = bodies.limits();
    this.maxParts = maxParts;
  }

  /**
   * The parts in their order, on the request's lease.
   *
   * @throws RequestException as {@link BodyReader#read}, and if there are more parts than allowed
   * @throws IOException the client has gone
   */
  public List<Part> read(HttpServletRequest request, Deadline deadline) throws IOException {
    String type = request.getContentType();
    NamedParts upload = new NamedParts();
    byte[] boundary = upload.boundary(type);
    upload.setHeaderEncoding(StandardCharsets.UTF_8.name());
    upload.setPartHeaderSizeMax(MAX_HEADERS);
    Budget.Lease lease = RequestLease.of(request).whole();
    // Frames that wait for bytes hold no part, so that those here are free when they are dropped.
    AtomicReference<@Nullable List<Part>> parts = new AtomicReference<>(new ArrayList<>());
    try {
      Beginning in = new Beginning(bodies.stream(request, deadline));
      FileItemIterator items =
          upload.getItemIterator(new Source(in, request.getContentLengthLong(), type));
      boolean found = items.hasNext();
      for (int count = 0; items.hasNext(); count++) {
        if (count == maxParts) {
          throw RequestException.malformed(
              "There are more than %d parts: a request may have at most %d images. Send the others in"
                      .formatted(maxParts, maxParts)
                  + " another request.");
        }
        read(items.next(), lease, parts);
      }
      in.transferTo(OutputStream.nullOutputStream()); // what follows the last part means nothing
      if (!found) {
        in.check(boundary);
      }
    } catch (IOException e) { // no boundary, or an end that comes too early
      throw BodyReader.told(
          e,
          "The multipart body is malformed or cut off. Each part has headers, an empty line and its"
              + " content, and the last one is followed by the boundary and two hyphens.");
    }
    List<Part> all = parts.get();
    if (!lease.arrived() || all == null) {
      throw RequestException.revoked();
    }
    return all;
  }

  /** Refuses parts without a name, which the parser passes over. */
  private static final class NamedParts extends FileUpload {

    byte[] boundary(String contentType) {
      byte[] boundary = super.getBoundary(contentType);
      if (boundary == null || boundary.length == 0) {
        throw RequestException.malformed(
            "The Content-Type multipart/form-data has no boundary. Leave the header to the library"
                + " that makes the form.");
      }
      return boundary;
    }

    /**
     * Called for parts that have parts themselves. The parser needs a boundary and does not ask.
     */
    @Override
    public byte[] getBoundary(String contentType) {
      byte[] boundary = super.getBoundary(contentType);
      if (boundary == null || boundary.length == 0) {
        throw RequestException.malformed(
            "A part of the form is multipart/mixed and has no boundary. Send each image as a part"
                + " of the form itself.");
      }
      return boundary;
    }

    @Override
    public String getFieldName(FileItemHeaders headers) {
      String name = super.getFieldName(headers);
      if (name == null) {
        throw RequestException.malformed(
            "A part of the form has no name. Each needs a header such as Content-Disposition:"
                + " form-data; name=\"image\"; filename=\"photo.jpg\".");
      }
      return name;
    }
  }

  /** Keeps how a body begins, because the parser finds no part where the boundary is another. */
  private static final class Beginning extends FilterInputStream {

    private static final int KEPT = 4096;

    private final byte[] kept = new byte[KEPT];
    private int length;

    Beginning(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int next = super.read();
      if (next >= 0 && length < KEPT) {
        kept[length++] = (byte) next;
      }
      return next;
    }

    @Override
    public int read(byte[] into, int offset, int count) throws IOException {
      int n = super.read(into, offset, count);
      int more = Math.clamp(n, 0, KEPT - length);
      System.arraycopy(into, offset, kept, length, more);
      length += more;
      return n;
    }

    /** Refuses a body without the boundary. */
    void check(byte[] boundary) {
      String text = new String(kept, 0, length, StandardCharsets.ISO_8859_1);
      String line = "--" + new String(boundary, StandardCharsets.ISO_8859_1);
      if (length > 0 && !text.contains(line)) {
        throw other(line, text);
      }
    }

    private static RequestException other(String line, String text) {
      String first = text.lines().findFirst().orElse("");
      return RequestException.malformed(
          "The boundary of the Content-Type is nowhere in the body, which should begin with %s%s. Leave the header to the library that makes the form."
              .formatted(
                  RequestException.echo(line),
                  first.startsWith("--")
                      ? " and begins with " + RequestException.echo(first)
                      : ""));
    }
  }

  private void read(
      FileItemStream item, Budget.Lease lease, AtomicReference<@Nullable List<Part>> parts)
      throws IOException {
    Received received =
        new Received(
            lease,
            limits.bytes(),
            limits.maxUnknownBytes(),
            /* exact= */ false,
            () -> parts.set(null));
    byte[] chunk = new byte[CHUNK];
    InputStream in = item.openStream(); // not closed: that would read on after a failure
    for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
      if (count > limits.maxUnknownBytes() - received.size()) {
        throw bodies.tooLarge(limits.maxUnknownBytes());
      }
      received.add(chunk, count);
    }
    List<Part> done = parts.get();
    if (done == null) {
      throw RequestException.revoked();
    }
    done.add(new Part(fileName(item), received.soFar()));
  }

  private static @Nullable String fileName(FileItemStream item) {
    try {
      return item.getName();
    } catch (InvalidFileNameException e) {
      throw RequestException.malformed(
          "The file name of a part has a null character: %s"
              .formatted(RequestException.echo(e.getName())));
    }
  }

  /** A body as the parser wants it. */
  private record Source(InputStream in, long contentLength, String contentType)
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
