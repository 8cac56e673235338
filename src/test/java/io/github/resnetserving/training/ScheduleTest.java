package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {

  @Test
  void oneCycleRisesToItsPeakAndFallsToNothing() {
    Schedule schedule = new Schedule.OneCycle(0.3, 0.25);

    assertThat(schedule.rate(0)).isCloseTo(0.012, within(1e-12));
    assertThat(schedule.rate(0.125)).isCloseTo(0.156, within(1e-12));
    assertThat(schedule.rate(0.25)).isCloseTo(0.3, within(1e-12));
    assertThat(schedule.rate(0.625)).isCloseTo(0.15, within(1e-12));
    assertThat(schedule.rate(1)).isCloseTo(0, within(1e-12));
  }

  @Test
  void stepsDivideByTenAtHalfAndThreeQuarters() {
    Schedule schedule = new Schedule.Step(0.1);

    assertThat(schedule.rate(0.49)).isEqualTo(0.1);
    assertThat(schedule.rate(0.5)).isCloseTo(0.01, within(1e-12));
    assertThat(schedule.rate(0.75)).isCloseTo(0.001, within(1e-12));
  }
}
