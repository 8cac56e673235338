package io.github.resnetserving;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A request over a socket of its own, of which as much is sent as a test likes. */
final class HalfSent implements AutoCloseable {

  /** The ways in which images come to the service, each as a body that has not ended. */
  enum Form {
    DECLARED("/classify", "image/jpeg", false, ""),
    CHUNKED("/classify", "image/jpeg", true, ""),
    OF_FEATURES("/features", "application/octet-stream", true, ""),
    TO_EXPLAIN("/explain", "image/png", false, ""),
    MULTIPART(
        "/classify",
        "multipart/form-data; boundary=b",
        false,
        "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\n"),
    MULTIPART_CHUNKED(
        "/features",
        "multipart/form-data; boundary=b",
        true,
        "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\n"),
    JSON("/classify", "application/json", false, "{\"images\": [{\"data\": \""),
    LINES("/classify", "application/x-ndjson", true, "{\"data\": \""),
    LINES_DECLARED("/features", "application/x-ndjson", false, "{\"data\": \""),
    TENSORS("/v2/models/net/infer", "application/json", false, "{\"inputs\": [{\"name\": \""),
    TENSORS_CHUNKED(
        "/v2/models/net/infer", "application/json", true, "{\"inputs\": [{\"name\": \"");

    private final String path;
    private final String contentType;
    private final boolean chunked;
    private final String beginning;

    Form(String path, String contentType, boolean chunked, String beginning) {
      this.path = path;
      this.contentType = contentType;
      this.chunked = chunked;
      this.beginning = beginning;
    }

    /** Whether errors are those of the Open Inference Protocol. */
    boolean isOpenInference() {
      return path.startsWith("/v2");
    }

    boolean isChunked() {
      return chunked;
    }
  }

  private final Form form;
  private final Socket socket;
  private final OutputStream out;

  /**
   * Sends the headers.
   *
   * @param length what is declared, where the form is not chunked
   */
  HalfSent(int port, Form form, int length) throws IOException {
    this.form = form;
    this.socket = new Socket();
    this.socket.connect(new InetSocketAddress("localhost", port));
    this.socket.setSoTimeout(30_000);
    this.out = socket.getOutputStream();
    String head =
        String.join(
            "\r\n",
            "POST " + form.path + " HTTP/1.1",
            "Host: x",
            "Content-Type: " + form.contentType,
            form.chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + length,
            "\r\n");
    out.write(head.getBytes(StandardCharsets.US_ASCII));
  }

  /** Sends the beginning of a body of this form. */
  void begin() throws IOException {
    if (!form.beginning.isEmpty()) {
      send(form.beginning.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** Sends so many bytes that end nothing. */
  void send(int count) throws IOException {
    byte[] filler = new byte[count];
    Arrays.fill(filler, (byte) 'A');
    send(filler);
  }

  void send(byte[] bytes) throws IOException {
    if (form.chunked) {
      raw("%x\r\n".formatted(bytes.length));
    }
    out.write(bytes);
    if (form.chunked) {
      raw("\r\n");
    }
    out.flush();
  }

  /** Sends text as it is, without a chunk around it. */
  void raw(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  /** Whether an answer has begun to come. */
  boolean isAnswered() {
    try {
      return socket.getInputStream().available() > 0;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All that comes until the server closes the connection. */
  String answer() throws IOException {
    InputStream in = socket.getInputStream();
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try {
      in.transferTo(answer);
    } catch (java.net.SocketException e) {
      // closed with some of the body unread
    }
    return answer.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
