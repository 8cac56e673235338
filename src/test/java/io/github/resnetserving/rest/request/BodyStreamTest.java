package io.github.resnetserving.rest.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.coyote.BadRequestException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that come by a clock that is about to wrap around. */
@SuppressWarnings("InputStreamSlowMultibyteRead") // byte by byte, as they come
class BodyStreamTest {

  private static final Pace PACE =
      new Pace(Duration.ofSeconds(30), Duration.ofSeconds(5), /* bytesPerSecond= */ 1000);

  private final List<Duration> waits = new ArrayList<>();
  private long nanos = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(3);

  private final Connection connection =
      new Connection() {
        @Override
        public void limitReads(Duration limit) {
          waits.add(limit);
        }

        @Override
        public void limitWrites(Duration limit) {}

        @Override
        public void unlimited() {}

        @Override
        public void finishWithin(Duration limit) {}
      };

  /** One byte in each so many milliseconds. */
  private BodyStream trickle(long millisEach) {
    return new BodyStream(
        new InputStream() {
          @Override
          public int read() {
            nanos += TimeUnit.MILLISECONDS.toNanos(millisEach);
            return 'a';
          }
        },
        connection,
        PACE,
        () -> nanos);
  }

  @ParameterizedTest
  @CsvSource({"1000, 6", "500, 11", "100, 51", "10, 556", "5000, 2", "60000, 1"})
  void aBodyThatTricklesEndsWhenItsRateIsTooSmall(long millisEach, int bytes) throws Exception {
    BodyStream body = trickle(millisEach);
    body.begin(0, nanos, nanos + Duration.ofHours(1).toNanos());

    for (int i = 0; i < bytes; i++) {
      assertThat(body.read()).as("byte %d", i).isEqualTo('a');
    }

    assertThatThrownBy(body::read)
        .isInstanceOfSatisfying(
            RequestException.class,
            e -> assertThat(e.kind()).isEqualTo(RequestException.Kind.TOO_SLOW));
  }

  @Test
  void theDeadlineEndsItEarlierAndTheLimitAFastBody() throws Exception {
    BodyStream body = trickle(1);
    body.begin(0, nanos, nanos + Duration.ofMillis(20).toNanos());
    for (int i = 0; i < 20; i++) {
      body.read();
    }
    assertThatThrownBy(body::read).isInstanceOf(RequestException.class);

    BodyStream fast = trickle(1);
    fast.begin(0, nanos, nanos + Duration.ofHours(1).toNanos());
    for (int i = 0; i < 30_000; i++) {
      fast.read();
    }
    assertThatThrownBy(fast::read).isInstanceOf(RequestException.class);
  }

  @Test
  void aReadWaitsNoLongerThanIsLeft() throws Exception {
    BodyStream body = trickle(1000);
    body.begin(0, nanos, nanos + Duration.ofSeconds(2).toNanos());

    body.read();
    body.read();

    assertThat(waits).containsExactly(Duration.ofSeconds(2), Duration.ofSeconds(1));
  }

  @Test
  void betweenLinesNothingButTheServersTimeOutCounts() throws Exception {
    BodyStream body = trickle(3_600_000);
    body.idle();

    for (int i = 0; i < 10; i++) {
      assertThat(body.read()).isEqualTo('a');
    }
    assertThat(waits).containsExactly(Duration.ofDays(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"timeout", "timeout within", "timeout between chunks", "chunk", "reset", "end"})
  void whatGoesWrongIsToldByItsKind(String how) {
    IOException failure =
        switch (how) {
          case "timeout" -> new SocketTimeoutException();
          case "timeout within" -> new IOException(new SocketTimeoutException());
          case "timeout between chunks" ->
              new BadRequestException("chunk", new SocketTimeoutException());
          case "chunk" -> new BadRequestException("chunk");
          case "reset" -> new IOException("Connection reset by peer");
          default -> new java.io.EOFException();
        };
    BodyStream body =
        new BodyStream(
            new InputStream() {
              @Override
              public int read() throws IOException {
                throw failure;
              }
            },
            connection,
            PACE,
            () -> nanos);

    assertThatThrownBy(body::read)
        .satisfies(e -> {
          if (e instanceof RequestException told) {
            assertThat(told.kind())
                .isEqualTo(
                    how.equals("chunk")
                        ? RequestException.Kind.MALFORMED
                        : RequestException.Kind.TOO_SLOW);
          } else {
            assertThat(ClientGoneException.isReasonOf(e)).as(how).isTrue();
            assertThat(how).isIn("reset", "end");
          }
        });
  }
}
