package io.github.resnetserving.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlackTest {

  private static final long SECOND = 1_000_000_000;

  private final Slack slack = new Slack();

  private void record(int inTime, int late) {
    for (int i = 0; i < inTime; i++) {
      slack.record(/* late= */ false);
    }
    for (int i = 0; i < late; i++) {
      slack.record(/* late= */ true);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10, 1000, 100_000})
  void nothingIsKeptFreeWhileAllIsInTime(int outputs) {
    record(outputs, 0);

    assertThat(slack.within(SECOND)).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 10, 20})
  void eachLateOutputKeepsTenMillisecondsFreeAndAHundredAndFiftyInTimeGiveThemBack(int late) {
    record(0, late);
    assertThat(slack.within(SECOND) / 1e6).isBetween(9.9 * late, 10.0 * late);

    record(150 * late, 0);
    assertThat(slack.within(SECOND)).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 100, SECOND / 2, 600 * SECOND})
  void aThirdOfWhatIsLeftIsKeptFreeAtMost(long left) {
    record(0, 1_000_000);

    assertThat(slack.within(left)).isEqualTo(left / 3);
  }

  /** Outputs that take up to 200 ms longer than was estimated. */
  @Test
  void oneInAHundredAndFiftyIsLateInTheLongRun() {
    Random random = new Random(1);
    int late = 0;
    for (int i = 0; i < 100_000; i++) {
      boolean isLate = random.nextDouble() * SECOND / 5 > slack.within(SECOND);
      late += isLate ? 1 : 0;
      slack.record(isLate);
    }
    assertThat(late).isBetween(600, 800);
  }
}
