package io.github.resnetserving.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.resnetserving.fuzz.CostOracle;
import io.github.resnetserving.inference.Budget;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

/** Bodies that hold images, as this service's own interface takes them. */
class ImageBodiesFuzzTest {

  private static final int MAX_LINE = 4 << 10;
  private static final int MAX_BODY = 1 << 20;
  private static final long LINE_UNITS = 1 << 10;

  private final JsonImages json = new JsonImages(MAX_BODY);

  static List<byte[]> bodies() {
    return bytes(
        "{\"images\": [{\"id\": \"a\", \"data\": \"/9j/2wBD\"}, {\"url\": \"https://a/b.jpg\"}]}",
        "{\"images\": [null, {}]}");
  }

  static List<byte[]> lines() {
    return bytes(
        "{\"id\": \"a\", \"data\": \"/9j/2wBD\"}\n\n{\"url\": \"https://a/b.jpg\"}\r\n{}\nnull",
        "x".repeat(MAX_LINE + 1) + "\n{\"data\": \"AA==\"}");
  }

  static List<byte[]> forms() {
    return bytes(
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
        """);
  }

  private static List<byte[]> bytes(String... texts) {
    return List.of(texts).stream().map(text -> text.getBytes(UTF_8)).toList();
  }

  @MethodSource("bodies")
  @FuzzTest
  void json(byte[] body) {
    check(body, () -> json.read(body));
  }

  @MethodSource("forms")
  @FuzzTest
  void form(byte[] body) {
    check(body, () -> MultipartImages.read(body, "multipart/form-data; boundary=b"));
  }

  /**
   * Line by line, in reads of few bytes; what was taken of the budget is given back. Each line has
   * an answer of its own, and so may cost what is told of a problem: some 10 kB.
   */
  @MethodSource("lines")
  @FuzzTest
  void stream(byte[] body) {
    Budget budget = new Budget(2L * MAX_LINE);
    check(
        body,
        body.length + LINE_UNITS * lines(body),
        () -> {
          try (LineReader reader = new LineReader(trickling(body), MAX_LINE, budget)) {
            for (LineReader.Line line = reader.next(); line != null; line = reader.next()) {
              if (line.fault() == null) {
                json.line(line.buffer(), line.offset(), line.length(), line.number());
              }
            }
          }
          assertThat(budget.used()).isZero();
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

  private static void check(byte[] input, CostOracle.Work work) {
    check(input, input.length, work);
  }

  private static void check(byte[] input, long units, CostOracle.Work work) {
    CostOracle.MESSAGES.check(input, units, ProblemException.class, work);
  }
}
