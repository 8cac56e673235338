package io.github.resnetserving.models.download;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** An HTTP server that does to each request what the test says, down to the bytes. */
final class HostileServer implements AutoCloseable {

  /** What was asked for. */
  record Request(String path, Map<String, String> headers) {

    @Nullable String header(String name) {
      return headers.get(name);
    }

    /** Where the range asked for begins; 0 without one. */
    int offset() {
      String range = headers.get("Range");
      return range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    }
  }

  /** Writes a whole answer, or part of one. */
  @FunctionalInterface
  interface Reaction {
    void answer(Request request, OutputStream out) throws IOException, InterruptedException;
  }

  private final ServerSocket socket;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final List<Request> requests = new ArrayList<>(); // guarded by this
  private final Map<String, Deque<Reaction>> script = new HashMap<>(); // guarded by this

  HostileServer() throws IOException {
    socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  URI address() {
    return URI.create("http://localhost:" + socket.getLocalPort());
  }

  /** Reactions to requests for a path in their order; the last one stays. */
  synchronized HostileServer on(String path, Reaction... reactions) {
    script.put(path, new ArrayDeque<>(List.of(reactions)));
    return this;
  }

  synchronized List<Request> requests() {
    return List.copyOf(requests);
  }

  synchronized List<String> paths() {
    return requests.stream().map(Request::path).toList();
  }

  /** A file as a good server gives it: whole, or from where it is asked. */
  static Reaction file(byte[] content, String tag) {
    return (request, out) -> {
      String condition = request.header("If-Range");
      boolean part = request.offset() > 0 && tag.equals(condition);
      int offset = part ? request.offset() : 0;
      head(
          out,
          part ? 206 : 200,
          "Content-Length: " + (content.length - offset),
          "ETag: " + tag,
          part
              ? "Content-Range: bytes %d-%d/%d"
                  .formatted(offset, content.length - 1, content.length)
              : "Accept-Ranges: bytes");
      out.write(content, offset, content.length - offset);
    };
  }

  /** The same, with the connection cut after so many bytes of the body. */
  static Reaction cut(byte[] content, String tag, int after) {
    return (request, out) -> file(content, tag).answer(request, new CuttingStream(out, after));
  }

  /** The same, but then nothing comes any more, and the connection stays. */
  Reaction stalling(byte[] content, String tag, int after) {
    return (request, out) -> {
      try {
        cut(content, tag, after).answer(request, out);
      } catch (CuttingStream.Cut _) {
        out.flush();
        closing.await();
      }
    };
  }

  static Reaction status(int status, String... headers) {
    return (request, out) -> {
      List<String> all = new ArrayList<>(List.of(headers));
      all.add("Content-Length: 0");
      head(out, status, all.toArray(String[]::new));
    };
  }

  static void head(OutputStream out, int status, String... headers) throws IOException {
    StringBuilder text = new StringBuilder("HTTP/1.1 " + status + " Whatever\r\n");
    for (String header : headers) {
      text.append(header).append("\r\n");
    }
    out.write(text.append("Connection: close\r\n\r\n").toString().getBytes(ISO_8859_1));
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket connection = socket.accept();
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (IOException e) {
        if (!socket.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(connection.getInputStream(), ISO_8859_1));
      String line = in.readLine();
      if (line == null) {
        return;
      }
      Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      for (String header = in.readLine();
          header != null && !header.isEmpty();
          header = in.readLine()) {
        int colon = header.indexOf(':');
        headers.put(header.substring(0, colon), header.substring(colon + 1).strip());
      }
      Request request = new Request(line.split(" ", 3)[1], headers);
      reaction(request).answer(request, connection.getOutputStream());
    } catch (IOException _) {
      // The client has gone, or the connection was to be cut.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized Reaction reaction(Request request) {
    requests.add(request);
    Deque<Reaction> reactions = script.get(request.path());
    if (reactions == null) {
      return status(404);
    }
    return reactions.size() > 1 ? reactions.removeFirst() : reactions.getFirst();
  }

  @Override
  public void close() throws IOException {
    closing.countDown();
    socket.close();
  }
}
