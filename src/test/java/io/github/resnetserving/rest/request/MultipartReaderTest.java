package io.github.resnetserving.rest.request;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.inference.Deadline;
import jakarta.servlet.ServletConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Mockito;
import org.springframework.mock.web.MockHttpServletRequest;

/** Forms that the parser has no answer to. */
class MultipartReaderTest {

  private static final Pace PACE = new Pace(Duration.ofSeconds(30), Duration.ofSeconds(5), 1000);
  private static final ServletConnection CONNECTION = Mockito.mock(ServletConnection.class);

  private final Budget budget = new Budget(1 << 20);

  private List<MultipartReader.Part> read(String headers) throws IOException {
    MockHttpServletRequest request =
        new MockHttpServletRequest("POST", "/classify") {
          @Override
          public ServletConnection getServletConnection() {
            return CONNECTION;
          }
        };
    request.setContentType("multipart/form-data; boundary=b");
    request.setContent(("--b\r\n" + headers + "\r\n\r\nbytes\r\n--b--\r\n").getBytes(UTF_8));
    BodyReader bodies =
        new BodyReader(
            new RequestLimits(1 << 16, /* maxImages= */ 1, Duration.ofSeconds(10), PACE, budget),
            () -> 0);
    try (RequestLease _ = RequestLease.open(request, budget)) {
      return new MultipartReader(bodies, /* maxParts= */ 8)
          .read(request, new Deadline(0, Duration.ofSeconds(10)));
    }
  }

  @Test
  void aPartIsRead() throws Exception {
    List<MultipartReader.Part> parts =
        read("Content-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"");

    assertThat(parts).hasSize(1);
    assertThat(parts.getFirst().fileName()).isEqualTo("a.jpg");
    assertThat(parts.getFirst().bytes()).isEqualTo("bytes".getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "multipart/mixed",
        "multipart/mixed;",
        "multipart/mixed; boundary",
        "multipart/mixed; boundary=",
        "MULTIPART/MIXED; charset=utf-8",
        "multipart/mixed image/jpeg",
        "multipart/mixedy"
      })
  void aPartOfPartsWithoutTheirBoundaryIsRefused(String type) {
    assertThatThrownBy(
            () -> read("Content-Disposition: form-data; name=\"image\"\r\nContent-Type: " + type))
        .isInstanceOf(RequestException.class)
        .hasMessageContaining("A part of the form is multipart/mixed and has no boundary.");
    assertThat(budget.used()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a\0.jpg", "a\0b\0c", "a\0\0\0b", "a b\0c d.png", "\u00e4\0\u00f6", "a.jpg\0.exe"})
  void aFileNameWithANullCharacterIsRefused(String name) {
    assertThatThrownBy(
            () -> read("Content-Disposition: form-data; name=\"image\"; filename=\"" + name + "\""))
        .isInstanceOf(RequestException.class)
        .hasMessageContaining("The file name of a part has a null character");
    assertThat(budget.used()).isZero();
  }
}
