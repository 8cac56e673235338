package io.github.resnetserving.rest.request;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.resnetserving.fuzz.CostOracle;
import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.inference.Deadline;
import jakarta.servlet.ServletConnection;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;
import org.mockito.Mockito;
import org.springframework.mock.web.MockHttpServletRequest;

/** Bodies of several images, as they arrive; what is taken of the budget is given back. */
class BodyFuzzTest {

  private static final int MAX_LINE = 4 << 10;
  private static final int MAX_BODY = 1 << 20;
  private static final long LINE_UNITS = 1 << 10;
  private static final Pace PACE = new Pace(Duration.ofSeconds(30), Duration.ofSeconds(5), 1000);
  private static final ServletConnection CONNECTION = Mockito.mock(ServletConnection.class);

  private final Budget budget = new Budget(8L * MAX_BODY);

  static List<byte[]> lines() {
    return List.of("a\n\n \nb".getBytes(UTF_8), ("x".repeat(MAX_LINE + 1) + "\nb").getBytes(UTF_8));
  }

  static List<byte[]> forms() {
    return List.of(
        """
        --b\r
        Content-Disposition: form-data; name="image"; filename="a.jpg"\r
        Content-Type: image/jpeg\r
        \r
        bytes\r
        --b\r
        Content-Disposition: form-data; name="other"\r
        \r
        \r
        --b--\r
        """
            .getBytes(UTF_8));
  }

  /** Each line may cost an answer of its own. */
  @MethodSource("lines")
  @FuzzTest
  void stream(byte[] body) {
    check(
        body,
        body.length + LINE_UNITS * lines(body),
        () -> {
          BodyStream in = new BodyStream(trickling(body), null, PACE, () -> 0);
          try (LineReader lines =
              new LineReader(in, budget.open("fuzz"), MAX_LINE, Duration.ofSeconds(10), () -> 0)) {
            for (LineReader.Line line = lines.next(); line != null; line = lines.next()) {
              assertThat(line.length()).isLessThanOrEqualTo(MAX_LINE);
            }
          }
        });
  }

  @MethodSource("forms")
  @FuzzTest
  void form(byte[] body) {
    MockHttpServletRequest request =
        new MockHttpServletRequest("POST", "/classify") {
          @Override
          public ServletConnection getServletConnection() {
            return CONNECTION;
          }
        };
    request.setContentType("multipart/form-data; boundary=b");
    request.setContent(body);
    BodyReader bodies =
        new BodyReader(
            new RequestLimits(MAX_BODY, /* maxImages= */ 1, Duration.ofSeconds(10), PACE, budget),
            () -> 0);
    check(
        body,
        body.length,
        () -> {
          try (RequestLease _ = RequestLease.open(request, budget)) {
            new MultipartReader(bodies, /* maxParts= */ 8)
                .read(request, new Deadline(0, Duration.ofSeconds(10)));
          }
        });
  }

  /** Gives 1 to 64 bytes a read. */
  private static InputStream trickling(byte[] body) {
    return new ByteArrayInputStream(body) {
      @Override
      public synchronized int read(byte[] buffer, int offset, int length) {
        int most = pos < count ? 1 + (buf[pos] & 63) : 1;
        return super.read(buffer, offset, Math.min(length, most));
      }
    };
  }

  private static long lines(byte[] body) {
    long lines = 1;
    for (byte each : body) {
      lines += each == '\n' ? 1 : 0;
    }
    return lines;
  }

  private void check(byte[] input, long units, CostOracle.Work work) {
    CostOracle.MESSAGES.check(input, units, RequestException.class, work);
    assertThat(budget.used()).isZero();
  }
}
