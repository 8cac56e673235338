package io.github.resnetserving.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.sandbox.SandboxListener.HelperEnd;
import io.github.resnetserving.sandbox.TimeLimit.TimeBudget;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which helpers are killed, and when they are looked at. */
class TimeLimitTest {

  private static final long MS = 1_000_000;

  @ParameterizedTest
  @CsvSource({
    "100, 100, 1000, 900,", // within its budget
    "100, 100, 1000, 1000, TIME", // used up
    "999, 100, 1000, 2000, TIME", // by two threads, sooner than the clock says
    "9999, 100000, 1000, 10,", // a busy machine gave it little time
    "10000, 100000, 1000, 10, TIME", // it stands still
    "500, 500, 1000, 100, DEADLINE", // nobody wants it any more
    "500, 500, 100, 100, TIME" // both: the image is at fault
  })
  void aHelperIsKilledWhenItsTimeIsUsedUpOrTheImageIsNotWanted(
      long elapsed, long wanted, long budget, long used, @Nullable HelperEnd end) {
    long soon = wanted == 100 ? 100_000 : wanted;

    assertThat(new TimeLimit(budget * MS, soon * MS).judge(elapsed * MS, used * MS)).isEqualTo(end);
  }

  @Test
  void itIsLookedAtBeforeTwoThreadsCanUseUpItsBudget() {
    TimeLimit limit = new TimeLimit(1000 * MS, Long.MAX_VALUE);

    assertThat(limit.firstLookNanos()).isEqualTo(500 * MS);
    assertThat(limit.nextLookNanos(500 * MS, 500 * MS)).isEqualTo(250 * MS);
    assertThat(limit.nextLookNanos(750 * MS, 999 * MS)).isEqualTo(MS);
  }

  @Test
  void itIsLookedAtWhenTheImageIsNotWantedAnyMore() {
    TimeLimit limit = new TimeLimit(1000 * MS, 200 * MS);

    assertThat(limit.firstLookNanos()).isEqualTo(200 * MS);
    assertThat(limit.nextLookNanos(150 * MS, 10 * MS)).isEqualTo(50 * MS);
    assertThat(limit.nextLookNanos(200 * MS, 10 * MS)).isEqualTo(MS);
  }

  @ParameterizedTest
  @CsvSource({"0, 0, 2000", "1000, 0, 2000.2", "5000000, 1, 3000", "1, 50000000, 12000"})
  void theBudgetIsLinearInBytesOrPixels(long bytes, long pixels, double millis) {
    assertThat(TimeBudget.DEFAULT.nanos(bytes, pixels)).isEqualTo((long) (millis * MS));
  }

  @Test
  void aStartThatFailedIsTriedAgainLaterEachTime() {
    long[] now = {Long.MAX_VALUE - 5}; // wraps around
    StartBackoff backoff = new StartBackoff(() -> now[0]);
    assertThat(backoff.mayTry()).isTrue();

    for (long seconds : new long[] {1, 2, 4, 8, 16, 32, 60, 60}) {
      Duration wait = Duration.ofNanos(backoff.failed());
      assertThat(wait).hasSeconds(seconds);
      now[0] += wait.toNanos() - 1;
      assertThat(backoff.mayTry()).isFalse();
      now[0]++;
      assertThat(backoff.mayTry()).isTrue();
    }
    backoff.succeeded();
    backoff.failed();

    assertThat(backoff.mayTry()).isFalse();
    now[0] += Duration.ofSeconds(1).toNanos();
    assertThat(backoff.mayTry()).isTrue();
  }
}
