package io.github.resnetserving.imageurl;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A server that takes connections, says little and then nothing more. */
final class SilentPeers implements AutoCloseable {

  private final ServerSocket server;
  private final List<AutoCloseable> open = new ArrayList<>(); // guarded by this

  SilentPeers(ServerSocket server) {
    this.server = server;
  }

  /** Fills the queue of connections that nothing accepts: further ones are not even opened. */
  void fillBacklog() throws IOException {
    for (int i = 0; i < 4; i++) {
      SocketChannel channel = SocketChannel.open();
      channel.configureBlocking(false);
      channel.connect(server.getLocalSocketAddress());
      add(channel);
    }
  }

  /** Answers one connection with a text, and leaves it open. */
  void accept(String text) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            Socket socket = server.accept();
            add(socket);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
          } catch (SocketException e) {
            // the test is over
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private synchronized void add(AutoCloseable closeable) {
    open.add(closeable);
  }

  @Override
  public synchronized void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }
}
