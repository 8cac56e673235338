package io.github.resnetserving.rest;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.resnetserving.fuzz.CostOracle;
import io.github.resnetserving.inference.Budget;
import io.github.resnetserving.rest.problem.ProblemException;
import io.github.resnetserving.rest.request.Pace;
import io.github.resnetserving.rest.request.RequestLimits;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

/** Bodies that hold images, as this service's own interface takes them. */
class ImageBodiesFuzzTest {

  private static final int MAX_BODY = 1 << 20;

  private final JsonImages json =
      new JsonImages(
          new RequestLimits(
              MAX_BODY,
              /* maxImages= */ MAX_BODY,
              Duration.ofSeconds(1),
              new Pace(Duration.ofSeconds(1), Duration.ZERO, 1),
              new Budget(MAX_BODY)));

  static List<byte[]> bodies() {
    return bytes(
        "{\"images\": [{\"id\": \"a\", \"data\": \"/9j/2wBD\"}, {\"url\": \"https://a/b.jpg\"}]}",
        "{\"images\": [null, {}]}");
  }

  static List<byte[]> lines() {
    return bytes(
        "{\"id\": \"a\", \"data\": \"/9j/2wBD\"}", "{\"url\": \"https://a/b.jpg\"}", "{}", "null");
  }

  private static List<byte[]> bytes(String... texts) {
    return List.of(texts).stream().map(text -> text.getBytes(UTF_8)).toList();
  }

  @MethodSource("bodies")
  @FuzzTest
  void json(byte[] body) {
    check(body, () -> json.read(body, _ -> {}));
  }

  @MethodSource("lines")
  @FuzzTest
  void line(byte[] line) {
    check(line, () -> json.line(line, 0, line.length, /* number= */ 1, _ -> {}));
  }

  private static void check(byte[] input, CostOracle.Work work) {
    CostOracle.MESSAGES.check(input, input.length, ProblemException.class, work);
  }
}
