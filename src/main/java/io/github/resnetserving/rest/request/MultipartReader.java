package io.github.resnetserving.rest.request;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.inference.Deadline;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.tomcat.util.http.fileupload.FileItemIterator;
import org.apache.tomcat.util.http.fileupload.FileItemStream;
import org.apache.tomcat.util.http.fileupload.FileUpload;
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
    FileUpload upload = new FileUpload();
    upload.setHeaderEncoding(StandardCharsets.UTF_8.name());
    upload.setPartHeaderSizeMax(MAX_HEADERS);
    Budget.Lease lease = RequestLease.of(request).whole();
    // Frames that wait for bytes hold no part, so that those here are free when they are dropped.
    AtomicReference<@Nullable List<Part>> parts = new AtomicReference<>(new ArrayList<>());
    try {
      InputStream in = bodies.stream(request, deadline);
      FileItemIterator items =
          upload.getItemIterator(
              new Source(in, request.getContentLengthLong(), request.getContentType()));
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
    } catch (IOException e) { // no boundary, or an end that comes too early
      throw BodyReader.told(e, "The multipart body is malformed or cut off.");
    }
    List<Part> all = parts.get();
    if (!lease.arrived() || all == null) {
      throw RequestException.revoked();
    }
    return all;
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
    done.add(new Part(item.getName(), received.soFar()));
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
