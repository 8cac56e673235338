package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleTest {

  @Test
  void oneCycleRisesToItsPeakAndFallsToNothing() {
    Schedule schedule = new Schedule.OneCycle(0.25);

    assertThat(factor(schedule, 0)).isCloseTo(0.04, within(1e-12));
    assertThat(factor(schedule, 0.125)).isCloseTo(0.52, within(1e-12));
    assertThat(factor(schedule, 0.25)).isCloseTo(1, within(1e-12));
    assertThat(factor(schedule, 0.625)).isCloseTo(0.5, within(1e-12));
    assertThat(factor(schedule, 1)).isCloseTo(0, within(1e-12));
  }

  @Test
  void aCosineFallsAfterItsWarmup() {
    Schedule schedule = new Schedule.Cosine(0.2);

    assertThat(factor(schedule, 0.1)).isCloseTo(0.5, within(1e-12));
    assertThat(factor(schedule, 0.2)).isCloseTo(1, within(1e-12));
    assertThat(factor(schedule, 0.6)).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void stepsDivideByTenAtHalfAndThreeQuarters() {
    Schedule schedule = new Schedule.Step(List.of(0.5, 0.75));

    assertThat(factor(schedule, 0.49)).isEqualTo(1);
    assertThat(factor(schedule, 0.5)).isCloseTo(0.1, within(1e-12));
    assertThat(factor(schedule, 0.75)).isCloseTo(0.01, within(1e-12));
  }

  @Test
  void aPlateauDividesWhenTheValidationLossHasNotFallenForLongerThanItsPatience() {
    Schedule schedule = new Schedule.Plateau(0.1, 1);
    List<EpochResult> history = new ArrayList<>();
    List<Double> factors = new ArrayList<>();
    for (double loss : new double[] {2, 1, 1.1, 1, 0.9, 0.9, 0.9}) {
      history.add(new EpochResult(history.size() + 1, 1, 0, loss, 0, 1));
      factors.add(schedule.factor(0, 0, history));
    }

    assertThat(factors).containsExactly(1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.1 * 0.1);
  }

  @Test
  void inverseDecayIsKerassOwn() {
    Schedule schedule = new Schedule.Inverse(1e-6);

    assertThat(schedule.factor(0.5, 1_000_000, List.of())).isEqualTo(0.5);
    assertThat(schedule.factor(0.5, 0, List.of())).isEqualTo(1);
  }

  private static double factor(Schedule schedule, double progress) {
    return schedule.factor(progress, 0, List.of());
  }
}
