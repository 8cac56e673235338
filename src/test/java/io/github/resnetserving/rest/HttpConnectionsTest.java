package io.github.resnetserving.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HttpConnectionsTest {

  private static final Duration LONG = Duration.ofHours(1);

  @TempDir private Path folder;
  private final Tomcat tomcat = new Tomcat();
  private final HttpConnections connections = new HttpConnections();
  private volatile boolean stopping;
  private int port;

  /** Answers as the service does: with {@code Connection: close} while it stops. */
  private final class Answering extends HttpServlet {

    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
      if (stopping) {
        response.setHeader("Connection", "close");
      }
      response.setStatus(204);
    }
  }

  @BeforeEach
  void start() throws Exception {
    tomcat.setBaseDir(folder.toString());
    tomcat.setPort(0);
    tomcat.getConnector().setProperty("bindOnInit", "false"); // as Spring Boot does
    connections.add(tomcat.getConnector());
    Context context = tomcat.addContext("", folder.toString());
    Tomcat.addServlet(context, "answering", new Answering()).addMapping("/");
    tomcat.start();
    port = tomcat.getConnector().getLocalPort();
  }

  @AfterEach
  void stop() throws Exception {
    tomcat.stop();
    tomcat.destroy();
  }

  @Test
  void nothingIsWaitedForWhereNoConnectionIsOpen() {
    connections.drain(LONG);

    assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
  }

  @Test
  void connectionsThatAreUsedAgainAreAnsweredOnceMoreAndClosed() throws Exception {
    List<Socket> open = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Socket socket = connect();
      assertThat(ask(socket)).startsWith("HTTP/1.1 204").doesNotContain("close");
      open.add(socket);
    }

    stopping = true;
    Thread drain = Thread.ofPlatform().start(() -> connections.drain(LONG));

    await().pollInterval(Duration.ofMillis(5)).until(this::isRefused);
    for (Socket socket : open) {
      assertThat(ask(socket)).startsWith("HTTP/1.1 204").contains("Connection: close");
      assertThat(socket.getInputStream().read()).as("closed, not reset").isEqualTo(-1);
      socket.close();
    }
    drain.join();
  }

  @Test
  void aConnectionThatStaysIdleHoldsTheStopNoLongerThanTheLimit() throws Exception {
    try (Socket idle = connect()) {
      assertThat(ask(idle)).startsWith("HTTP/1.1 204");

      connections.drain(Duration.ofMillis(60));

      assertThat(isRefused()).isTrue();
    }
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  private boolean isRefused() throws IOException {
    try (Socket socket = connect()) {
      return !socket.isConnected();
    } catch (ConnectException e) {
      return true;
    }
  }

  /** Sends a request and returns the answer's head. */
  private static String ask(Socket socket) throws IOException {
    socket
        .getOutputStream()
        .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    var lines =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    StringBuilder head = new StringBuilder();
    for (String line = lines.readLine(); line != null && !line.isEmpty(); line = lines.readLine()) {
      head.append(line).append('\n');
    }
    return head.toString();
  }
}
