package io.github.resnetserving.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.batch.BatchTuning.Load;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Batch sizes 1, 2, 4 and 8, and times that grow with the size or hardly do. */
class BatchTuningTest {

  private static final BatchSizes SIZES = BatchSizes.of(1, 2, 4, 8);
  private static final long MILLI = 1_000_000;
  private static final BatchTuning LARGEST = new BatchTuning(3, 0, 1);

  @Test
  void whereEveryImageCostsTheSameNothingIsBatched() {
    assertThat(LARGEST.next(SIZES, load(0, 10, 0.05), 1000 * MILLI))
        .isEqualTo(new BatchTuning(0, 0, 1));
  }

  @Test
  void whereBatchesPayTheyWaitAsLongAsTheyTakeToFill() {
    // 10, 12, 16 and 24 ms: eight at once take a third of their time apart. Seven more come in 35.
    assertThat(LARGEST.next(SIZES, load(8, 2, 0.2), 100 * MILLI))
        .isEqualTo(new BatchTuning(3, 35 * MILLI, 1));
  }

  @Test
  void onAMachineThatIsHalfIdleNobodyWaits() {
    assertThat(LARGEST.next(SIZES, load(8, 2, 0.049), 100 * MILLI))
        .isEqualTo(new BatchTuning(3, 0, 1));
  }

  @Test
  void twiceABatchFitsIntoTheTarget() {
    // Of 40 ms two batches of four leave 8, in which one more job comes.
    assertThat(LARGEST.next(SIZES, load(8, 2, 0.2), 40 * MILLI))
        .isEqualTo(new BatchTuning(2, 5 * MILLI, 1));
  }

  @Test
  void aTargetThatNoBatchKeepsMakesThemSmall() {
    assertThat(LARGEST.next(SIZES, load(8, 2, 0.05), 5 * MILLI))
        .isEqualTo(new BatchTuning(0, 0, 1));
  }

  @Test
  void aSizeThatCannotKeepUpGrowsAsLongAsTheTargetHoldsOneBatch() {
    assertThat(LARGEST.next(SIZES, load(8, 2, 0.24), 40 * MILLI).sizeIndex()).isEqualTo(3);
    assertThat(LARGEST.next(SIZES, load(8, 2, 0.24), 23 * MILLI).sizeIndex()).isEqualTo(2);
  }

  @Test
  void theSizeInUseIsKeptOnWeakerGroundsThanItIsTaken() {
    // Two batches of eight take all of the target: enough to stay, not enough to change.
    assertThat(LARGEST.next(SIZES, load(8, 2, 0.05), 48 * MILLI).sizeIndex()).isEqualTo(3);
    assertThat(new BatchTuning(2, 0, 1).next(SIZES, load(8, 2, 0.05), 48 * MILLI).sizeIndex())
        .isEqualTo(2);
  }

  @Test
  void aDelayThatIsNearlyTheSameStays() {
    assertThat(new BatchTuning(3, 32 * MILLI, 1).next(SIZES, load(8, 2, 0.2), 100 * MILLI))
        .isEqualTo(new BatchTuning(3, 32 * MILLI, 1));
    assertThat(new BatchTuning(3, 31 * MILLI, 1).next(SIZES, load(8, 2, 0.2), 100 * MILLI))
        .isEqualTo(new BatchTuning(3, 35 * MILLI, 1));
  }

  @Test
  void jobsThatMissTheTargetHalveWhatIsLeftForWaiting() {
    // Of the 52 ms that two batches leave, 26 are used: five more jobs, of which three are needed.
    assertThat(LARGEST.next(SIZES, load(8, 2, 0.2, 100, 2), 100 * MILLI))
        .isEqualTo(new BatchTuning(3, 15 * MILLI, 0.5));
    assertThat(LARGEST.next(SIZES, load(8, 2, 0.2, 100, 1), 100 * MILLI).confidence()).isEqualTo(1);
  }

  @Test
  void confidenceComesBackStepByStep() {
    assertThat(new BatchTuning(3, 0, 0.5).next(SIZES, load(8, 2, 0.01), 100 * MILLI).confidence())
        .isEqualTo(0.5625);
  }

  /** Batches that take {@code fixed + each * size} ms, and so many arrivals a ms. */
  private static Load load(int fixed, int each, double arrivals) {
    return load(fixed, each, arrivals, 100, 0);
  }

  private static Load load(int fixed, int each, double arrivals, int finished, int late) {
    return new Load(
        IntStream.range(0, SIZES.count())
            .mapToObj(i -> (fixed + each * SIZES.get(i)) * MILLI)
            .toList(),
        arrivals / MILLI,
        finished,
        late);
  }
}
