package io.github.resnetserving.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.inference.Answer.Timing;
import org.junit.jupiter.api.Test;

class TimingTest {

  @Test
  void ofSeveralImagesTheLargestOfEachTimeCounts() {
    Timing one = new Timing(9, 1, 8, 2, 7, 3);
    Timing other = new Timing(1, 9, 2, 8, 3, 7);

    assertThat(one.max(other)).isEqualTo(new Timing(9, 9, 8, 8, 7, 7));
    assertThat(Timing.NONE.max(one)).isEqualTo(one);
  }
}
