package io.github.resnetserving.openinference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.resnetserving.rest.request.BodyReader;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.catalina.connector.ClientAbortException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;

/** What becomes of requests under {@code /v2} that end early, which is no error of the server's. */
class UnansweredRequestsTest {

  private final MockHttpServletRequest request = new MockHttpServletRequest("POST", "/v2/models");
  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(OpenInferenceController.class);
  private final OpenInferenceController controller =
      new OpenInferenceController(
          mock(InferenceCalls.class),
          mock(ModelDescriptions.class),
          mock(ModelControl.class),
          mock(BodyReader.class));

  @BeforeEach
  void listen() {
    logged.start();
    logger.addAppender(logged);
  }

  @AfterEach
  void nothingIsLoggedThatAnOperatorSees() {
    logger.detachAppender(logged);
    assertThat(logged.list)
        .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
        .isEmpty();
  }

  @Test
  void aShutdownIs503() {
    var answer = Objects.requireNonNull(controller.error(new InterruptedException(), request));

    assertThat(answer.getStatusCode().value()).isEqualTo(503);
    assertThat(answer.getBody()).isEqualTo(Map.of("error", "The server is shutting down."));
    assertThat(Thread.interrupted()).as("the thread's next wait learns of it").isTrue();
  }

  static Stream<Exception> reasons() {
    IOException reset = new SocketException("Connection reset");
    return Stream.of(
        new ClientAbortException(reset),
        new ClientAbortException(new EOFException()),
        new ClientAbortException(new ClosedChannelException()),
        new AsyncRequestNotUsableException("the response is no longer usable"),
        new AsyncRequestNotUsableException("the response is no longer usable", reset));
  }

  @ParameterizedTest
  @MethodSource("reasons")
  void aClientThatHasGoneIsAnsweredNothing(Exception reason) {
    assertThat(controller.error(reason, request)).isNull();
  }
}
