package io.github.resnetserving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.resnetserving.HalfSent.Form;
import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.rest.request.RequestLimits;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * Bodies that are sent to hold the server's memory and time, in every form in which images come.
 */
@SpringBootTest(
    classes = {ServingConfiguration.class, GatedModel.class},
    webEnvironment = WebEnvironment.RANDOM_PORT,
    properties = {
      "resnet.default-model=net",
      "resnet.limits.bytes-in-flight=2MB",
      "server.tomcat.connection-timeout=60s"
    })
@Timeout(120)
class HostileBodiesTest {

  private static final int LARGEST = 1 << 20; // half of all bytes in flight

  private final HttpClient client = HttpClient.newHttpClient();
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private final List<HalfSent> open = new ArrayList<>();
  private final Budget bytes;
  private final GatedModel.Gate gate;
  @LocalServerPort private int port;

  @Autowired
  HostileBodiesTest(RequestLimits limits, GatedModel.Gate gate) {
    this.bytes = limits.bytes();
    this.gate = gate;
  }

  @BeforeEach
  void listen() {
    gate.open();
    logged.start();
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).addAppender(logged);
  }

  /** Nothing that a client does is an error of the server's. */
  @AfterEach
  void nothingIsHeldNorLoggedAfterwards() throws IOException {
    for (HalfSent each : open) {
      each.close();
    }
    await().until(() -> bytes.used() == 0);
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).detachAppender(logged);
    assertThat(logged.list)
        .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void unfinishedBodiesDoNotKeepSmallRequestsOut(Form form) throws Exception {
    for (int i = 0; i < 4; i++) {
      HalfSent attack = open(form, LARGEST);
      attack.begin();
      for (int sent = 0; sent < 7; sent++) {
        attack.send(100_000);
      }
    }
    await().until(() -> bytes.used() > LARGEST / 2);

    for (int i = 0; i < 20; i++) {
      assertThat(classify().statusCode()).as("request %d", i).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theLargestBodyThatStillArrivesGivesWay(Form form) throws Exception {
    HalfSent large = open(form, LARGEST);
    large.begin();
    large.send(300_000);
    await().until(() -> bytes.used() > 300_000);
    try (Budget.Lease some = bytes.open("some");
        Budget.Lease others = bytes.open("others")) {
      assertThat(some.tryGrow(700_000)).isTrue();
      assertThat(others.tryGrow(bytes.capacity() - bytes.used() - 1000)).isTrue();

      assertThat(classify().statusCode()).isEqualTo(200);

      assertThat(bytes.used()).isLessThan(bytes.capacity() - 300_000);
    }
    large.send(1); // only when more of the body comes is it found out

    assertThat(large.answer())
        .startsWith("HTTP/1.1 429 ")
        .contains("Retry-After: 1\r\n", "Connection: close\r\n")
        .contains("had to give the memory of this body")
        .contains(form.isOpenInference() ? "{\"error\":" : "\"/problems/overloaded\"");
  }

  @ParameterizedTest
  @EnumSource
  void whatIsAnnouncedAndNotSentHoldsNothing(Form form) throws Exception {
    for (int i = 0; i < 20; i++) {
      open(form, LARGEST).begin();
    }
    HttpResponse<String> answer = classify(); // by then the others have been read as well

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(bytes.used()).isLessThanOrEqualTo(20 * 8192);
  }

  @ParameterizedTest
  @EnumSource
  void clientsThatVanishHoldNothingAndAreNoError(Form form) throws Exception {
    for (int i = 0; i < 10; i++) {
      HalfSent gone = new HalfSent(port, form, LARGEST);
      gone.begin();
      gone.send(10_000);
      gone.close();
    }

    await().until(() -> bytes.used() == 0);
    assertThat(classify().statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @EnumSource(names = {"CHUNKED", "OF_FEATURES", "MULTIPART_CHUNKED", "LINES", "TENSORS_CHUNKED"})
  void malformedChunksAreABadRequest(Form form) throws Exception {
    for (String chunk : List.of("x\r\n", "-1\r\n", "fffffffff\r\n", "3\r\nabcd\r\n", "1 2\r\n")) {
      HalfSent malformed = open(form, 0);
      malformed.begin();
      malformed.send(100);
      malformed.raw(chunk);

      assertThat(malformed.answer())
          .as(chunk)
          .startsWith("HTTP/1.1 400 ")
          .contains("The body's chunks are malformed.");
    }
  }

  private HalfSent open(Form form, int length) throws IOException {
    HalfSent request = new HalfSent(port, form, length);
    open.add(request);
    return request;
  }

  private HttpResponse<String> classify() throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/classify"))
            .timeout(Duration.ofSeconds(30))
            .POST(BodyPublishers.ofByteArray(ServingTest.jpeg()))
            .build(),
        BodyHandlers.ofString());
  }
}
