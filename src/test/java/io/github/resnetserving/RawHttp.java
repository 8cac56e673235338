package io.github.resnetserving;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Requests as they are written, byte by byte: clients do not let every header be set. */
final class RawHttp {

  private RawHttp() {}

  /**
   * An answer.
   *
   * @param text status line, headers and body
   */
  record Answer(int status, String text) {}

  /**
   * Sends a request without a body on a connection of its own, which the server is asked to close.
   *
   * @param host an address or a name of this machine
   * @param head the request line and headers, each ended by a line feed
   */
  static Answer send(String host, int port, String head) throws IOException {
    try (Socket socket = new Socket(InetAddress.getByName(host), port)) {
      socket.setSoTimeout(30_000);
      String request = head.strip() + "\nConnection: close\n\n";
      socket
          .getOutputStream()
          .write(request.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      String text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      return new Answer(Integer.parseInt(text.split(" ", 3)[1]), text);
    }
  }
}
