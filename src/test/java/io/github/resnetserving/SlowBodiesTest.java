package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.resnetserving.HalfSent.Form;
import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.rest.request.RequestLimits;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * Bodies that do not come, or too slowly. The server's own time-out is ten minutes, so that nothing
 * but the limits of bodies can end the waits.
 */
@SpringBootTest(
    classes = {ServingConfiguration.class, GatedModel.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=net",
      "resnet.limits.deadline=10m",
      "resnet.limits.body-grace=200ms",
      "resnet.limits.body-rate=1MB",
      "resnet.limits.body-timeout=2s",
      "server.tomcat.connection-timeout=10m"
    })
@ExtendWith(OutputCaptureExtension.class)
@Timeout(60)
class SlowBodiesTest {

  private final Budget bytes;
  private final GatedModel.Gate gate;
  @LocalServerPort private int port;

  @Autowired
  SlowBodiesTest(RequestLimits limits, GatedModel.Gate gate) {
    this.bytes = limits.bytes();
    this.gate = gate;
  }

  @BeforeEach
  void open() {
    gate.open();
  }

  @AfterEach
  void nothingIsHeldAfterwards() {
    await().until(() -> bytes.used() == 0);
  }

  @ParameterizedTest
  @EnumSource
  void aBodyThatStallsIsToldSo(Form form) throws Exception {
    try (HalfSent stalled = new HalfSent(port, form, 1000)) {
      stalled.begin();
      stalled.send(10);

      isTooSlow(stalled.answer(), form);
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"LINES", "LINES_DECLARED"})
  void aBodyThatIsOnlyAnnouncedIsToldSo(Form form) throws Exception {
    try (HalfSent announced = new HalfSent(port, form, 1000)) {
      isTooSlow(announced.answer(), form);
    }
  }

  /** Each read finds something, so that no time-out of a single one ends this. */
  @ParameterizedTest
  @EnumSource
  void aBodyThatTricklesIsToldSo(Form form) throws Exception {
    try (HalfSent trickle = new HalfSent(port, form, 1 << 20)) {
      trickle.begin();
      await()
          .until(() -> {
            trickle.send(1);
            return trickle.isAnswered();
          });

      isTooSlow(trickle.answer(), form);
    }
  }

  private static void isTooSlow(String answer, Form form) {
    assertThat(answer)
        .startsWith("HTTP/1.1 408 ")
        .contains("Connection: close\r\n")
        .contains("The body did not arrive in time, or too slowly.")
        .contains(form.isOpenInference() ? "{\"error\":" : "\"/problems/request-timeout\"");
  }

  /** Unread answers make the system reset the connection, in whatever the server is at. */
  @ParameterizedTest
  @ValueSource(ints = {1, 5, 300})
  void aStreamWhoseClientVanishesLeavesNothingInTheLog(int lines, CapturedOutput output)
      throws Exception {
    String line =
        "{\"data\": \"%s\"}\n".formatted(Base64.getEncoder().encodeToString(ServingTest.jpeg()));
    for (boolean isHeadRead : new boolean[] {true, false}) {
      try (RawStream stream = new RawStream(port, "/classify")) {
        stream.send(line.repeat(lines));
        if (isHeadRead) {
          assertThat(stream.head()).startsWith("HTTP/1.1 200 ");
        }
      }
    }
    await().until(() -> bytes.used() == 0);

    assertThat(output.getAll())
        .doesNotContain("\tat ")
        .doesNotContain(" WARN ")
        .doesNotContain(" ERROR ");
  }

  /** The answer is there; what is left of the body must not hold the connection. */
  @ParameterizedTest
  @EnumSource
  void aBodyThatIsRefusedMayNotGoOnForLong(Form form) throws Exception {
    try (HalfSent refused = new HalfSent(port, form, 1 << 20)) {
      refused.raw(form.isChunked() ? "x\r\n" : "\0");
      if (!form.isChunked()) {
        refused.send(1);
      }
      assertThat(refused.answer()).startsWith("HTTP/1.1 4"); // it ends: the connection is closed
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 20, 100})
  void aStreamMayThinkBetweenLinesButNotWithinOne(int blanks) throws Exception {
    try (RawStream stream = new RawStream(port, "/classify?top_k=1")) {
      stream.send("\n".repeat(blanks));
      stream.send(line("a") + "\n");
      stream.head();
      assertThat(stream.line()).contains("\"id\":\"a\"");
      stream.send("{\"id\": \"b");

      assertThat(stream.line()).contains("/problems/request-timeout");
      assertThatThrownBy(stream::line).as("it breaks off").isInstanceOf(EOFException.class);
    }
  }

  private static String line(String id) {
    return "{\"id\": \"%s\", \"data\": \"%s\"}"
        .formatted(id, java.util.Base64.getEncoder().encodeToString(ServingTest.jpeg()));
  }

  @Test
  void deadlinesHoldWhileTheBodyArrives() throws Exception {
    try (HalfSent late = new HalfSent(port, Form.DECLARED, 1000)) {
      late.begin();
      assertThat(late.answer()).startsWith("HTTP/1.1 408 ");
    }
  }

  /** A service whose connection time-out is short, to end headers that trickle. */
  @SpringBootTest(
      classes = {ServingConfiguration.class, GatedModel.class},
      webEnvironment = WebEnvironment.RANDOM_PORT,
      properties = {"resnet.default-model=net", "server.tomcat.connection-timeout=500ms"})
  @Timeout(60)
  static class Headers {

    @LocalServerPort private int port;

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "POST /classify HTTP/1.1\r\n",
          "POST /classify HTTP/1.1\r\nHost: x\r\n",
          "POST /v2/models/net/infer HTTP/1.1\r\nHost: x\r\nX-",
          "GET /livez HTTP/1.1\r\nHost: x\r\nCookie: a"
        })
    void headersThatTrickleAreClosed(String beginning) throws Exception {
      try (Socket socket = new Socket("localhost", port)) {
        socket.setSoTimeout(50);
        socket.getOutputStream().write(beginning.getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(
                () -> {
                  while (true) {
                    socket.getOutputStream().write('a');
                    if (isClosed(socket)) {
                      throw new IOException("closed");
                    }
                  }
                })
            .isInstanceOf(IOException.class);
      }
    }

    private static boolean isClosed(Socket socket) throws IOException {
      try {
        return socket.getInputStream().read() < 0;
      } catch (SocketTimeoutException e) {
        return false; // a twentieth of a second without an answer
      }
    }
  }
}
