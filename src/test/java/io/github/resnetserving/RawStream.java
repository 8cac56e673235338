package io.github.resnetserving;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A chunked POST over a socket, whose answer can be read while it is still being sent. */
final class RawStream implements AutoCloseable {

  private static final String LENGTH = "Content-Length: ";

  private final Socket socket;
  private final OutputStream out;
  private final DataInputStream in;
  private int left; // bytes of the answer until a chunk's end
  private boolean chunked;

  RawStream(int port, String path) throws IOException {
    this(port, path, /* receiveBuffer= */ 1 << 16);
  }

  /**
   * @param receiveBuffer bytes of the answer that may wait to be read here
   */
  RawStream(int port, String path, int receiveBuffer) throws IOException {
    this.socket = new Socket();
    this.socket.setReceiveBufferSize(receiveBuffer);
    this.socket.connect(new InetSocketAddress("localhost", port));
    this.socket.setSoTimeout(60_000);
    this.out = socket.getOutputStream();
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    String head =
        String.join(
            "\r\n",
            "POST " + path + " HTTP/1.1",
            "Host: x",
            "Content-Type: application/x-ndjson",
            "Transfer-Encoding: chunked",
            "Connection: close",
            "\r\n");
    out.write(head.getBytes(StandardCharsets.US_ASCII));
  }

  void send(String lines) throws IOException {
    byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
    out.write("%x\r\n".formatted(bytes.length).getBytes(StandardCharsets.US_ASCII));
    out.write(bytes);
    out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  void end() throws IOException {
    out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  /** Status line and headers. An answer that was whole before it was sent has a length. */
  String head() throws IOException {
    StringBuilder head = new StringBuilder();
    for (String line = headLine(); !line.isEmpty(); line = headLine()) {
      head.append(line).append('\n');
      if (line.startsWith(LENGTH)) {
        left = Integer.parseInt(line.substring(LENGTH.length()));
      }
      chunked |= line.equals("Transfer-Encoding: chunked");
    }
    return head.toString();
  }

  /** The next line of the answer; null at its end. */
  @Nullable String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      if (left == 0) {
        if (!chunked) {
          return null;
        }
        left = Integer.parseInt(headLine(), 16);
        if (left == 0) {
          headLine();
          return null;
        }
      }
      int next = in.readUnsignedByte();
      left--;
      if (left == 0 && chunked) {
        headLine();
      }
      if (next == '\n') {
        return line.toString(StandardCharsets.UTF_8);
      }
      line.write(next);
    }
  }

  private String headLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.readUnsignedByte(); next != '\n'; next = in.readUnsignedByte()) {
      if (next != '\r') {
        line.write(next);
      }
    }
    return line.toString(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
