package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InterruptedIOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class IdleTurnsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private long now;
  private Duration idle = SECOND;
  private int pauses;
  private int busyFor;

  private final IdleTurns turns =
      new IdleTurns(
          () -> idle,
          time -> {
            pauses++;
            now += time.toNanos();
            if (pauses == busyFor) {
              idle = Duration.ofMillis(200);
            }
          },
          () -> now);

  @Test
  void whileNobodyIsServedWorkGoesOn() throws Exception {
    for (int i = 0; i < 100; i++) {
      turns.next();
      now += SECOND.toNanos();
    }

    assertThat(pauses).isZero();
  }

  @Test
  void underLoadFiveSecondsOfWorkAreDoneAndThenItWaitsForQuiet() throws Exception {
    idle = Duration.ofMillis(199);
    busyFor = 7;
    for (int i = 0; i < 5; i++) {
      turns.next();
      now += SECOND.toNanos();
    }
    assertThat(pauses).isZero();

    turns.next();

    assertThat(pauses).isEqualTo(7);
    turns.next();
    assertThat(pauses).isEqualTo(7);
  }

  @Test
  void timeInWhichNobodyWasServedCostsNothing() throws Exception {
    turns.next();
    now += 100 * SECOND.toNanos();
    idle = Duration.ZERO;
    turns.next();
    now += 4 * SECOND.toNanos();
    turns.next();

    assertThat(pauses).isZero();
  }

  @Test
  void aStopEndsTheWait() throws Exception {
    IdleTurns stopped =
        new IdleTurns(
            () -> Duration.ZERO,
            time -> {
              throw new InterruptedException();
            },
            () -> now);
    stopped.next();
    now += 5 * SECOND.toNanos();

    assertThatThrownBy(stopped::next).isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
  }
}
