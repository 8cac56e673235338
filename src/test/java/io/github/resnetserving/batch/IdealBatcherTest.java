package io.github.resnetserving.batch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Batches of 1, 2 and 4 take 10, 12 and 16. */
class IdealBatcherTest {

  private final IdealBatcher ideal = new IdealBatcher(BatchSizes.of(1, 2, 4), 10, 12, 16);

  @Test
  void aJobThatIsAloneWaitsForNothing() {
    assertThat(ideal.responseNanos(0, 10, 25)).containsExactly(10, 10, 10);
  }

  @Test
  void whatComesDuringABatchRunsInTheNext() {
    // 0-10: the first. 10-22: the two that came since. 22-32: the one that came during those.
    assertThat(ideal.responseNanos(0, 3, 9, 15)).containsExactly(10, 19, 13, 17);
  }

  @Test
  void batchesAreCutAtTheSizes() {
    // 0-10: the first. 10-26: four of seven. 26-38: two. 38-48: the last.
    assertThat(ideal.responseNanos(0, 1, 1, 1, 1, 1, 1, 1))
        .containsExactly(10, 25, 25, 25, 25, 37, 37, 47);
  }

  @Test
  void aJobThatComesAsABatchStartsIsInIt() {
    assertThat(ideal.responseNanos(0, 5, 10)).containsExactly(10, 17, 12);
  }

  @Test
  void capacityIsThatOfTheBestSize() {
    assertThat(ideal.capacity()).isEqualTo(4 * 1e9 / 16);
  }

  @Test
  void aQuantileIsOneOfTheValues() {
    assertThat(IdealBatcher.quantile(new long[] {4, 1, 3, 2}, 0.5)).isEqualTo(2);
    assertThat(IdealBatcher.quantile(new long[] {4, 1, 3, 2}, 0.99)).isEqualTo(4);
    assertThat(IdealBatcher.quantile(new long[0], 0.99)).isZero();
  }
}
