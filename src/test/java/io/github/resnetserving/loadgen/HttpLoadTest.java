package io.github.resnetserving.loadgen;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.github.resnetserving.loadgen.HttpLoad.Post;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpLoadTest {

  private static final Post GOOD = new Post(new byte[] {1}, "image/jpeg");
  private static final Post BAD = new Post(new byte[] {2}, "application/octet-stream");

  @Test
  void othersAreSentAmongTheImagesAndCountedApart() throws Exception {
    Set<String> queries = ConcurrentHashMap.newKeySet();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/classify",
        exchange -> {
          boolean good = exchange.getRequestBody().readAllBytes()[0] == 1;
          queries.add(String.valueOf(exchange.getRequestURI().getRawQuery()));
          exchange.sendResponseHeaders(good ? 200 : 422, -1);
          exchange.close();
        });
    server.start();
    URI address =
        URI.create("http://localhost:%d/classify".formatted(server.getAddress().getPort()));
    try (HttpLoad load = new HttpLoad(address, GOOD, List.of(BAD), 0.5)) {
      LoadResult result = load.open(400, Duration.ofMillis(500), 1, "deadline_ms=500");

      assertThat(result.statuses().keySet()).containsExactly(200);
      assertThat(result.others().keySet()).containsExactly(422);
      assertThat(result.offered()).isBetween(50, 150);
      assertThat(queries).containsExactly("deadline_ms=500");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void whatWasNotRefusedIsAcceptedAndInTimeIfItsAnswerCameBeforeTheDeadline() {
    LoadResult result =
        new LoadResult(
            2,
            Map.of(200, 3, 429, 5, 422, 1, 504, 2, 0, 1),
            new long[] {30, 10, 50},
            new long[] {8, 25, 41},
            Map.of());

    assertThat(result.offered()).isEqualTo(12);
    assertThat(result.accepted()).as("3 answered, 2 late, one broken").isEqualTo(6);
    assertThat(result.inTime(Duration.ofNanos(25))).isEqualTo(2);
    assertThat(result.failures()).isEqualTo(9);
    assertThat(result.rate()).isEqualTo(1.5);
    assertThat(result.millis(0.99)).isEqualTo(50e-6);
  }
}
