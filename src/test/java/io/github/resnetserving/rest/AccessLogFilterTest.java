package io.github.resnetserving.rest;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.resnetserving.rest.request.RequestContext;
import io.github.resnetserving.rest.request.RequestLease;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

class AccessLogFilterTest {

  private final Logger logger = (Logger) LoggerFactory.getLogger(AccessLogFilter.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    logger.setLevel(Level.DEBUG);
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void leave() {
    logger.detachAppender(lines);
    logger.setLevel(null);
  }

  @Test
  void aLineHasTheNameOfTheKeyAndNeverTheKey() throws Exception {
    ILoggingEvent line = logged("mobile-app");

    assertThat(line.getFormattedMessage()).matches("GET /models 200 in \\d+ ms by mobile-app");
    assertThat(line.getKeyValuePairs().toString())
        .contains("key=\"mobile-app\"")
        .doesNotContain("secret");
  }

  @Test
  void aLineOfARequestWithoutAKeyNamesNone() throws Exception {
    ILoggingEvent line = logged(null);

    assertThat(line.getFormattedMessage()).matches("GET /models 200 in \\d+ ms");
    assertThat(line.getKeyValuePairs().toString()).doesNotContain("key=");
  }

  @Test
  void aLineOfARefusedRequestSaysWhyInOneLine() throws Exception {
    MockHttpServletRequest request = new MockHttpServletRequest("POST", "/classify");

    new AccessLogFilter()
        .doFilter(
            request,
            new MockHttpServletResponse(),
            (asked, answer) -> {
              RequestContext.refused(asked, "The body\r\nis empty.");
              ((HttpServletResponse) answer).setStatus(400);
            });

    assertThat(lines.list).hasSize(1);
    assertThat(lines.list.getFirst().getFormattedMessage())
        .matches("POST /classify 400 in \\d+ ms: The body is empty\\.");
  }

  private ILoggingEvent logged(@Nullable Object keyName) throws Exception {
    MockHttpServletRequest request = new MockHttpServletRequest("GET", "/models");
    request.addHeader("Authorization", "Bearer secret");
    if (keyName != null) {
      request.setAttribute(RequestLease.KEY_ATTRIBUTE, keyName);
    }

    var _ = RequestContext.of(request); // it came before it is answered
    new AccessLogFilter().doFilter(request, new MockHttpServletResponse(), (asked, answer) -> {});

    assertThat(lines.list).hasSize(1);
    return lines.list.getFirst();
  }
}
