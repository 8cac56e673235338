package io.github.resnetserving.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Time that one image takes. */
class DecodeTraceTest {

  private final AtomicLong now = new AtomicLong(new Random().nextLong());
  private final long start = now.get();
  private final Budget pixels = new Budget(100);

  private DecodeTrace preparation(long deadlineAfter) {
    return new DecodeTrace(pixels, now::get, start, start + deadlineAfter);
  }

  @Test
  void progressTellsHowLongTheWorkHasTaken() {
    DecodeTrace preparation = preparation(1_000);
    now.addAndGet(30);
    assertThat(preparation.onProgress()).isEqualTo(30);
    preparation.onSize(100);
    now.addAndGet(12);
    assertThat(preparation.onProgress()).isEqualTo(42);
  }

  @Test
  void progressEndsTheWorkOnceTheDeadlineHasPassed() {
    DecodeTrace preparation = preparation(1_000);
    now.addAndGet(999);
    assertThat(preparation.onProgress()).isEqualTo(999);
    now.addAndGet(1);
    assertThatThrownBy(preparation::onProgress)
        .isInstanceOf(CancellationException.class)
        .hasMessage("the deadline passed");
  }

  /** Room comes only while it is waited for, when the clock has moved on by 500. */
  @Test
  void waitingForRoomIsNoWork() {
    Budget.Lease other = pixels.open();
    assertThat(other.tryGrow(100)).isTrue();
    AtomicLong readings = new AtomicLong();
    DecodeTrace preparation =
        new DecodeTrace(
            pixels,
            () -> {
              if (readings.incrementAndGet() == 3) { // the wait's first look at the clock
                now.addAndGet(500);
                other.close();
              }
              return now.get();
            },
            start,
            start + 1_000);
    preparation.onSize(10);
    now.addAndGet(7);
    assertThat(preparation.onProgress()).isEqualTo(7);
    preparation.close();
    assertThat(pixels.used()).isZero();
  }
}
