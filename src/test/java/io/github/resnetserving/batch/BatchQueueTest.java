package io.github.resnetserving.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.batch.BatchResult.Cancelled;
import io.github.resnetserving.batch.BatchResult.Completed;
import io.github.resnetserving.batch.BatchResult.Expired;
import io.github.resnetserving.batch.BatchResult.Failed;
import io.github.resnetserving.batch.BatchResult.Rejected;
import io.github.resnetserving.batch.BatchResult.ShutDown;
import io.github.resnetserving.batch.Forthcoming.Admission;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Every test runs at several times, among them one at which the clock is about to wrap around. */
@ParameterizedClass
@MethodSource("starts")
@Timeout(20)
class BatchQueueTest {

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration NO_DELAY = Duration.ZERO;

  private final FakeClock clock;
  private final GatedFunction gated = new GatedFunction();
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final BatchScheduler scheduler;

  BatchQueueTest(long start) {
    clock = new FakeClock(start);
    scheduler = new BatchScheduler(/* workers= */ 1, clock);
  }

  static LongStream starts() {
    return LongStream.of(Long.MAX_VALUE - 5, 0, ThreadLocalRandom.current().nextLong());
  }

  @AfterEach
  void close() {
    gated.letThrough(1000);
    scheduler.close();
  }

  @Test
  void jobsThatWaitedBehindABatchLeaveTogetherUpToTheMaximum() throws Exception {
    var queue = start(gated, 4, NO_DELAY, 16);
    var a = submit(queue, "a");
    gated.awaitBatch();
    for (String input : List.of("b", "c", "d", "e")) {
      submit(queue, input);
    }
    var f = submit(queue, "f");
    gated.letThrough(3);

    assertThat(a.await()).isEqualTo(new Completed<>("a!", 0, 0, 1));
    assertThat(f.await()).isEqualTo(new Completed<>("f!", 0, 0, 1));
    assertThat(gated.batches())
        .containsExactly(List.of("a"), List.of("b", "c", "d", "e"), List.of("f"));
  }

  @Test
  void anIncompleteBatchWaitsForCompany() throws Exception {
    var queue = start(gated, 3, HOUR, 16);
    gated.letThrough(1);
    var a = submit(queue, "a");
    submit(queue, "b");
    submit(queue, "c");

    assertThat(a.await()).isEqualTo(new Completed<>("a!", 0, 0, 3));
    assertThat(gated.batches()).containsExactly(List.of("a", "b", "c"));
  }

  @Test
  void theDelayCountsFromSubmissionNotFromTheEndOfTheBatchBefore() throws Exception {
    var queue = start(gated, 2, HOUR, 16);
    submit(queue, "a");
    submit(queue, "b");
    gated.awaitBatch();
    var c = queue.submit("c", clock.in(HOUR.multipliedBy(3)));
    clock.advance(HOUR);
    gated.letThrough(2);

    assertThat(c.await()).isEqualTo(new Completed<>("c!", HOUR.toNanos(), 0, 1));
    assertThat(gated.batches()).containsExactly(List.of("a", "b"), List.of("c"));
  }

  @Test
  void aWaitingBatchStartsWhenTheClockSaysSo() throws Exception {
    Duration delay = Duration.ofMillis(1);
    var queue = start(gated, 2, delay, 16);
    gated.letThrough(1);
    var a = submit(queue, "a");
    clock.advance(delay);

    assertThat(a.await()).isEqualTo(new Completed<>("a!", delay.toNanos(), 0, 1));
  }

  @Test
  void aJobWhoseDeadlinePassedInTheQueueNeverReachesTheFunction() throws Exception {
    var queue = start(gated, 4, NO_DELAY, 16);
    submit(queue, "a");
    gated.awaitBatch();
    var late = queue.submit("late", clock.in(Duration.ofMillis(5)));
    var patient = queue.submit("patient", clock.in(Duration.ofMillis(6)));
    clock.advance(Duration.ofMillis(5));
    gated.letThrough(2);

    assertThat(patient.await()).isEqualTo(new Completed<>("patient!", 5_000_000, 0, 1));
    assertThat(late.await()).isEqualTo(new Expired<>());
    assertThat(gated.batches()).containsExactly(List.of("a"), List.of("patient"));
    assertThat(heard).contains("expired after 5000000 ns");
  }

  @Test
  void waitingEndsAtTheDeadlineEvenWhileTheJobRuns() throws Exception {
    var queue = start(gated, 4, NO_DELAY, 16);
    var a = queue.submit("a", clock.in(Duration.ofMillis(5)));
    gated.awaitBatch();
    clock.advance(Duration.ofMillis(5));

    assertThat(a.await()).isEqualTo(new Expired<>());
  }

  @Test
  void aDeadlineInThePastExpiresOnArrival() throws Exception {
    var queue = start(gated, 4, NO_DELAY, 16);

    assertThat(queue.submit("a", clock.in(Duration.ZERO)).await()).isEqualTo(new Expired<>());
    assertThat(gated.batches()).isEmpty();
  }

  @Test
  void aCancelledJobLeavesTheQueueAtOnce() throws Exception {
    var queue = start(gated, 4, NO_DELAY, 1);
    submit(queue, "a");
    gated.awaitBatch();
    var b = submit(queue, "b");

    assertThat(b.cancel()).isTrue();
    assertThat(b.cancel()).isFalse();
    var c = submit(queue, "c");
    gated.letThrough(2);

    assertThat(c.await()).isEqualTo(new Completed<>("c!", 0, 0, 1));
    assertThat(b.await()).isEqualTo(new Cancelled<>());
    assertThat(gated.batches()).containsExactly(List.of("a"), List.of("c"));
    assertThat(heard).contains("cancelled after 0 ns");
  }

  @Test
  void cancellingARunningJobDropsItsOutputAndKeepsTheOthers() throws Exception {
    var queue = start(gated, 2, HOUR, 16);
    var a = submit(queue, "a");
    var b = submit(queue, "b");
    gated.awaitBatch();
    a.cancel();
    gated.letThrough(1);

    assertThat(b.await()).isEqualTo(new Completed<>("b!", 0, 0, 2));
    assertThat(a.await()).isEqualTo(new Cancelled<>());
  }

  @Test
  void aFullQueueTurnsJobsAway() throws Exception {
    var queue = start(gated, 4, NO_DELAY, 2);
    submit(queue, "a");
    gated.awaitBatch();
    submit(queue, "b");
    submit(queue, "c");

    assertThat(submit(queue, "d").await()).isEqualTo(new Rejected<>(2, 0));
    assertThat(heard).contains("rejected at 2, wait 0 ns");
  }

  @Test
  void aDeadlineThatTheQueueCannotMeetIsRefusedOnArrival() throws Exception {
    var queue = start(gated, 1, NO_DELAY, 16);
    queue.recordServiceTime(1, Duration.ofMillis(10));
    submit(queue, "a");
    gated.awaitBatch();
    submit(queue, "b");
    submit(queue, "c");
    clock.advance(Duration.ofMillis(4));

    Duration needed = Duration.ofMillis(36).plus(Duration.ofMillis(36).dividedBy(10));
    var hurried = queue.submit("d", clock.in(needed.minusNanos(1)));
    var patient = queue.submit("e", clock.in(needed));

    // 6 ms of the one that runs, two that wait, and its own; a tenth more to be sure.
    assertThat(hurried.await()).isEqualTo(new Rejected<>(2, 36_000_000));
    assertThat(patient.isDone()).isFalse();
  }

  @Test
  void theEstimateKnowsWhatABatchOfEachSizeTakes() throws Exception {
    var queue = start(gated, BatchSettings.of(BatchSizes.of(1, 2, 4)));
    queue.recordServiceTime(1, Duration.ofMillis(10));
    queue.recordServiceTime(2, Duration.ofMillis(12));
    queue.recordServiceTime(4, Duration.ofMillis(16));
    submit(queue, "a");
    gated.awaitBatch();

    // 10 ms of the one that runs, and a batch of its own.
    assertThat(queue.submit("b", clock.in(Duration.ofMillis(19))).await())
        .isEqualTo(new Rejected<>(0, 20_000_000));
    submit(queue, "b");
    // While jobs are turned away, a batch that is waited for will be full when it starts.
    assertThat(queue.submit("c", clock.in(Duration.ofMillis(21))).await())
        .isEqualTo(new Rejected<>(1, 26_000_000));
    submit(queue, "c");
    submit(queue, "d");
    submit(queue, "e");
    // The batch that runs, a full one, and one that will be full when it starts.
    assertThat(queue.submit("f", clock.in(Duration.ofMillis(41))).await())
        .isEqualTo(new Rejected<>(4, 42_000_000));
  }

  @Test
  void aBatchThatIsWaitedForIsExpectedToBeAsLargeAsThoseOfLate() throws Exception {
    var queue = start(gated, BatchSettings.of(BatchSizes.of(1, 2, 4)));
    queue.recordServiceTime(1, Duration.ofMillis(10));
    queue.recordServiceTime(2, Duration.ofMillis(12));
    queue.recordServiceTime(4, Duration.ofMillis(16));
    submit(queue, "a");
    gated.awaitBatch();
    submit(queue, "b");
    submit(queue, "c");
    gated.letThrough(1);
    gated.awaitBatch(); // of two, which takes 12 ms

    assertThat(queue.submit("d", clock.in(Duration.ofMillis(23))).await())
        .isEqualTo(new Rejected<>(0, 24_000_000));
  }

  @Test
  void aJobThatIsExpectedGoesBeforeThoseThatComeLater() throws Exception {
    var queue = start(gated, 1, NO_DELAY, 16);
    queue.recordServiceTime(1, Duration.ofMillis(10));
    Duration deadline = Duration.ofMillis(35);
    Forthcoming coming =
        new Forthcoming(1, clock.in(deadline), Priority.INTERACTIVE, 5_000_000, /* alone= */ false);

    Place<String, String> first = admitted(queue.admit(coming));
    Place<String, String> second = admitted(queue.admit(coming));

    // 5 ms until its input is there, two that are expected before it, and its own.
    assertThat(queue.admit(coming))
        .isEqualTo(new Admission.Refused<>(new Rejected<>(2, 35_000_000)));
    first.close();
    assertThat(queue.askAhead(coming)).as("one of them does not come").isNull();
    second.close();
  }

  @Test
  void aJobWithAPlaceIsTurnedAwayOnlyIfItsOutputIsExpectedTooLate() throws Exception {
    var queue = start(gated, 1, NO_DELAY, 16);
    queue.recordServiceTime(1, Duration.ofMillis(8));
    queue.recordServiceTime(1, Duration.ofMillis(16)); // mean 9 ms, mean deviation 2 ms
    Duration deadline = Duration.ofMillis(40);
    Forthcoming coming =
        new Forthcoming(2, clock.in(deadline), Priority.INTERACTIVE, 0, /* alone= */ true);
    Place<String, String> place = admitted(queue.admit(coming));
    submit(queue, "a");
    gated.awaitBatch();
    clock.advance(Duration.ofMillis(22)); // what is left are two means, without any margin
    submit(queue, "b");

    var inTime = place.submit("c");
    clock.advance(Duration.ofNanos(1));
    assertThat(inTime.isDone()).isFalse();
    assertThat(place.submit("d").await()).isEqualTo(new Rejected<>(2, 27_000_000));
  }

  @Test
  void aPlaceIsOneOfTheQueues() throws Exception {
    var queue = start(gated, 1, NO_DELAY, 1);
    Forthcoming coming =
        new Forthcoming(1, clock.in(HOUR), Priority.INTERACTIVE, 0, /* alone= */ true);
    Place<String, String> place = admitted(queue.admit(coming));

    assertThat(queue.admit(coming)).isEqualTo(new Admission.Refused<>(new Rejected<>(1, 0)));
    place.close();
    place.close();
    Place<String, String> next = admitted(queue.admit(coming));
    gated.letThrough(1);
    assertThat(next.submit("a").await()).isEqualTo(new Completed<>("a!", 0, 0, 1));
    next.close(); // which gives back nothing: the job has left its place
    Place<String, String> last = admitted(queue.admit(coming));
    assertThat(queue.admit(coming)).isInstanceOf(Admission.Refused.class);
    last.close();
  }

  private static Place<String, String> admitted(Admission<String, String> admission) {
    assertThat(admission).isInstanceOf(Admission.Admitted.class);
    return ((Admission.Admitted<String, String>) admission).place();
  }

  @Test
  void timesThatVaryLeaveAMargin() throws Exception {
    var queue = start(gated, 1, NO_DELAY, 16);
    queue.recordServiceTime(1, Duration.ofMillis(8));
    queue.recordServiceTime(1, Duration.ofMillis(16)); // mean 9 ms, mean deviation 2 ms
    submit(queue, "a");
    gated.awaitBatch();

    assertThat(queue.submit("b", clock.in(Duration.ofMillis(25))).await())
        .isEqualTo(new Rejected<>(0, 26_000_000));
  }

  @Test
  void anIdleQueueTakesAJobThatItWouldRefuse() throws Exception {
    var queue = start(gated, 1, NO_DELAY, 16);
    gated.letThrough(1);
    queue.recordServiceTime(1, HOUR);

    assertThat(queue.submit("a", clock.in(Duration.ofMillis(1))).await())
        .isEqualTo(new Completed<>("a!", 0, 0, 1));
  }

  @Test
  void aSizeThatWasHeldUpOnceIsNotShutOutForGood() throws Exception {
    var queue = start(gated, BatchSettings.of(BatchSizes.of(1, 2)));
    queue.recordServiceTime(1, Duration.ofMillis(10));
    queue.recordServiceTime(2, Duration.ofMillis(16));
    queue.recordServiceTime(2, Duration.ofSeconds(1));
    submit(queue, "a");
    gated.awaitBatch();
    submit(queue, "b");
    Duration patience = Duration.ofMillis(100);
    assertThat(queue.submit("c", clock.in(patience)).isDone()).isTrue();

    for (int i = 0; i < 400; i++) {
      queue.recordServiceTime(1, Duration.ofMillis(10)); // what runs meanwhile
    }

    assertThat(queue.submit("d", clock.in(patience)).isDone()).isFalse();
  }

  @Test
  void aBatchThatStoodStillForAMinuteTurnsNobodyAwayWhoHasASecond() throws Exception {
    var queue = start(gated, 1, NO_DELAY, 16);
    queue.recordServiceTime(1, Duration.ofMillis(40));
    // Counts as 320 ms: mean 75 ms, mean deviation 70 ms.
    queue.recordServiceTime(1, Duration.ofMinutes(1));
    submit(queue, "a");
    gated.awaitBatch();

    assertThat(queue.submit("b", clock.in(Duration.ofMillis(430))).await())
        .isEqualTo(new Rejected<>(0, 430_000_000));
    assertThat(queue.submit("c", clock.in(Duration.ofSeconds(1))).isDone()).isFalse();
  }

  @Test
  void aBatchOfNoTimeByTheClockSaysNothingOfTheNext() throws Exception {
    var queue = start(gated, 1, NO_DELAY, 16);
    queue.recordServiceTime(1, Duration.ZERO);
    queue.recordServiceTime(1, Duration.ofMillis(40));
    submit(queue, "a");
    gated.awaitBatch();

    assertThat(queue.submit("b", clock.in(Duration.ofMillis(79))).await())
        .isEqualTo(new Rejected<>(0, 80_000_000));
  }

  @Test
  void whetherAJobWouldBeTurnedAwayIsToldBeforeItsInputIsMade() throws Exception {
    var queue = start(gated, 1, NO_DELAY, 1);
    queue.recordServiceTime(1, Duration.ofMillis(10));
    long late = clock.in(Duration.ofMillis(20));
    assertThat(queue.askAhead(coming(late, Priority.INTERACTIVE))).as("it is idle").isNull();
    submit(queue, "a");
    gated.awaitBatch();

    assertThat(queue.askAhead(coming(late, Priority.INTERACTIVE)))
        .isEqualTo(new Rejected<>(0, 20_000_000));
    assertThat(queue.askAhead(coming(clock.in(HOUR), Priority.INTERACTIVE))).isNull();
    submit(queue, "b");
    assertThat(queue.askAhead(coming(clock.in(HOUR), Priority.BULK)))
        .isEqualTo(new Rejected<>(1, 30_000_000));
    assertThat(queue.askAhead(coming(clock.in(NO_DELAY), Priority.BULK)))
        .as("it is too late")
        .isNull();
    assertThat(heard)
        .containsSubsequence("rejected at 0, wait 20000000 ns", "rejected at 1, wait 30000000 ns");
  }

  private static Forthcoming coming(long deadline, Priority priority) {
    return new Forthcoming(1, deadline, priority, /* readyNanos= */ 0, /* alone= */ true);
  }

  @Test
  void aServiceTimeBelongsToOneOfTheSizes() {
    var queue = start(gated, BatchSettings.of(BatchSizes.of(1, 4)));

    assertThatThrownBy(() -> queue.recordServiceTime(3, HOUR))
        .hasMessage("3 is not a batch size of test, whose sizes are [1, 4]");
  }

  @Test
  void batchesAreCutAtThePreparedSizes() throws Exception {
    var queue = start(gated, BatchSettings.of(BatchSizes.of(1, 2, 4)));
    submit(queue, "a");
    gated.awaitBatch();
    for (String input : List.of("b", "c", "d", "e", "f", "g")) {
      submit(queue, input);
    }
    var h = submit(queue, "h");
    gated.letThrough(4);

    assertThat(h.await()).isEqualTo(new Completed<>("h!", 0, 0, 1));
    assertThat(gated.batches())
        .containsExactly(
            List.of("a"), List.of("b", "c", "d", "e"), List.of("f", "g"), List.of("h"));
  }

  @Test
  void aBatchDoesNotWaitForCompanyLongerThanADeadlineAllows() throws Exception {
    var queue = start(gated, 2, HOUR, 16);
    gated.letThrough(1);
    queue.recordServiceTime(2, Duration.ofNanos(2_560_000));
    queue.recordServiceTime(2, Duration.ofNanos(2_880_000)); // mean 2.6 ms, mean deviation 0.08 ms
    // A full batch may take 2.92 ms, and a tenth more to be sure.
    var a = queue.submit("a", clock.in(Duration.ofNanos(5_212_000)));
    clock.advance(Duration.ofMillis(2));

    assertThat(a.await()).isEqualTo(new Completed<>("a!", 2_000_000, 0, 1));
  }

  @Test
  void withATargetBatchesAreNoLargerThanPays() throws Exception {
    var settings = BatchSettings.of(BatchSizes.of(1, 2)).withTargetP99(Duration.ofSeconds(1));
    var queue = start(gated, settings);
    queue.recordServiceTime(1, Duration.ofMillis(10));
    queue.recordServiceTime(2, Duration.ofMillis(20));
    clock.advance(Duration.ofMillis(250)); // as long as a step of the tuning takes
    gated.letThrough(1);
    submit(queue, "a").await();
    gated.awaitBatch();
    submit(queue, "b");
    gated.awaitBatch();
    submit(queue, "c");
    var d = submit(queue, "d");
    gated.letThrough(3);

    assertThat(d.await()).isEqualTo(new Completed<>("d!", 0, 0, 1));
    assertThat(gated.batches())
        .containsExactly(List.of("a"), List.of("b"), List.of("c"), List.of("d"));
  }

  @Test
  void interactiveJobsGoFirstAndBulkTakesEveryEighthPlace() throws Exception {
    var queue = start(gated, BatchSettings.of(BatchSizes.of(1, 10)));
    submit(queue, "first");
    gated.awaitBatch();
    for (int i = 1; i <= 3; i++) {
      queue.submit("bulk" + i, clock.in(HOUR), Priority.BULK);
    }
    for (int i = 1; i <= 8; i++) {
      submit(queue, "i" + i);
    }
    var last = queue.submit("bulk4", clock.in(HOUR), Priority.BULK);
    gated.letThrough(4);
    last.await();

    assertThat(gated.batches())
        .containsExactly(
            List.of("first"),
            List.of("i1", "i2", "i3", "i4", "i5", "i6", "i7", "bulk1", "i8", "bulk2"),
            List.of("bulk3"),
            List.of("bulk4"));
  }

  @Test
  void bulkJobsLeaveAQuarterOfThePlacesToOthers() throws Exception {
    var queue = start(gated, 1, NO_DELAY, 4);
    submit(queue, "a");
    gated.awaitBatch();
    for (int i = 0; i < 3; i++) {
      assertThat(queue.submit("bulk", clock.in(HOUR), Priority.BULK).isDone()).isFalse();
    }

    assertThat(queue.submit("bulk", clock.in(HOUR), Priority.BULK).await())
        .isEqualTo(new Rejected<>(3, 0));
    assertThat(submit(queue, "b").isDone()).isFalse();
    assertThat(submit(queue, "c").await()).isEqualTo(new Rejected<>(4, 0));
  }

  @Test
  void bulkJobsInFrontDoNotCountAgainstAnInteractiveOne() throws Exception {
    var queue = start(gated, 1, NO_DELAY, 16);
    queue.recordServiceTime(1, Duration.ofMillis(10));
    submit(queue, "a");
    gated.awaitBatch();
    for (int i = 0; i < 5; i++) {
      queue.submit("bulk", clock.in(HOUR), Priority.BULK);
    }

    assertThat(queue.submit("b", clock.in(Duration.ofMillis(22))).isDone()).isFalse();
    assertThat(queue.submit("bulk", clock.in(Duration.ofMillis(79)), Priority.BULK).await())
        .isEqualTo(new Rejected<>(6, 80_000_000));
  }

  @Test
  void theFirstBulkJobIsTheEighthHoweverManyInteractiveOnesWait() throws Exception {
    var queue = start(gated, 1, NO_DELAY, 64);
    queue.recordServiceTime(1, Duration.ofMillis(10));
    submit(queue, "a");
    gated.awaitBatch();
    for (int i = 0; i < 30; i++) {
      submit(queue, "i");
    }

    assertThat(queue.submit("b", clock.in(Duration.ofMillis(89)), Priority.BULK).await())
        .isEqualTo(new Rejected<>(30, 90_000_000)); // the one that runs, seven, and its own
    assertThat(queue.submit("b", clock.in(HOUR), Priority.BULK).isDone()).isFalse();
    assertThat(queue.submit("c", clock.in(Duration.ofMillis(169)), Priority.BULK).await())
        .isEqualTo(new Rejected<>(31, 170_000_000));
  }

  @Test
  void whatWaitsForAResultIsToldOnce() throws Exception {
    var queue = start(gated, 1, NO_DELAY, 16);
    var a = submit(queue, "a");
    gated.awaitBatch();
    var told = new CountDownLatch(1);
    a.onDone(told::countDown);
    assertThat(told.getCount()).isEqualTo(1);
    gated.letThrough(1);
    told.await();

    assertThat(a.isDone()).isTrue();
    a.onDone(() -> heard.add("at once"));
    assertThat(heard).contains("at once");
  }

  @Test
  void aThrowFailsItsBatchAloneAndTheLoopLives() throws Exception {
    var cause = new IllegalArgumentException("bad batch");
    var queue = start(failingOn("bad", cause), 4, NO_DELAY, 16);

    assertThat(submit(queue, "bad").await()).isEqualTo(new Failed<>(cause));
    assertThat(submit(queue, "good").await()).isEqualTo(new Completed<>("good", 0, 0, 1));
  }

  @Test
  void anErrorFailsItsBatchAloneAndTheLoopLives() throws Exception {
    var cause = new UnsatisfiedLinkError("no such library");
    var queue = start(failingOn("bad", cause), 4, NO_DELAY, 16);

    assertThat(submit(queue, "bad").await()).isEqualTo(new Failed<>(cause));
    assertThat(submit(queue, "good").await()).isEqualTo(new Completed<>("good", 0, 0, 1));
  }

  @Test
  void aWrongNumberOfOutputsFailsTheBatch() throws Exception {
    var queue = start(inputs -> List.of("one", "two"), 4, NO_DELAY, 16);

    BatchResult<String> result = submit(queue, "a").await();

    assertThat(result).isInstanceOf(Failed.class);
    assertThat(((Failed<String>) result).cause())
        .hasMessage("the function returned 2 outputs for 1 inputs: it must return one for each");
  }

  @Test
  void anExceptionOfTheListenerReachesNobody() throws Exception {
    var listener =
        new BatchListener() {
          @Override
          public void onBatchStarted(int size, int queueDepth) {
            throw new IllegalStateException("listener");
          }
        };
    BatchQueue<String, String> queue =
        scheduler.open("x", inputs -> inputs, BatchSettings.of(BatchSizes.upTo(4)), listener);

    assertThat(submit(queue, "a").await()).isEqualTo(new Completed<>("a", 0, 0, 1));
  }

  @Test
  void theListenerHearsSizeAndDepthOfEachBatch() throws Exception {
    var queue = start(gated, 2, NO_DELAY, 16);
    submit(queue, "a");
    gated.awaitBatch();
    submit(queue, "b");
    submit(queue, "c");
    submit(queue, "d");
    gated.letThrough(1);
    gated.awaitBatch();

    assertThat(heard).containsExactly("batch of 1, 0 remain", "ran 1", "batch of 2, 1 remain");
  }

  @Test
  void closingRunsWhatIsQueued() throws Exception {
    var queue = start(gated, 1, NO_DELAY, 16);
    var a = submit(queue, "a");
    gated.awaitBatch();
    var b = submit(queue, "b");
    gated.letThrough(2);
    queue.close();

    assertThat(a.await()).isEqualTo(new Completed<>("a!", 0, 0, 1));
    assertThat(b.await()).isEqualTo(new Completed<>("b!", 0, 0, 1));
    assertThat(submit(queue, "c").await()).isEqualTo(new ShutDown<>("test"));
  }

  @Test
  void closingFailsWhatTheDrainLimitLeavesOver() throws Exception {
    var settings = BatchSettings.of(BatchSizes.of(1)).withDrainLimit(Duration.ZERO);
    var queue = start(gated, settings);
    var running = submit(queue, "a");
    gated.awaitBatch();
    var queued = submit(queue, "b");
    queue.close();

    assertThat(running.await()).isEqualTo(new ShutDown<>("test"));
    assertThat(queued.await()).isEqualTo(new ShutDown<>("test"));
    assertThat(gated.batches()).containsExactly(List.of("a"));
  }

  private static BatchFunction<String, String> failingOn(String bad, Throwable cause) {
    return inputs -> {
      if (inputs.contains(bad)) {
        if (cause instanceof Error error) {
          throw error;
        }
        throw (Exception) cause;
      }
      return inputs;
    };
  }

  private Ticket<String> submit(BatchQueue<String, String> queue, String input) {
    return queue.submit(input, clock.in(HOUR));
  }

  private BatchQueue<String, String> start(
      BatchFunction<String, String> function, int maxBatch, Duration maxDelay, int capacity) {
    var settings =
        BatchSettings.of(BatchSizes.upTo(maxBatch))
            .withMaxDelay(maxDelay)
            .withQueueCapacity(capacity);
    return start(function, settings);
  }

  private BatchQueue<String, String> start(
      BatchFunction<String, String> function, BatchSettings settings) {
    return scheduler.open("test", function, settings, new Recorder());
  }

  private final class Recorder implements BatchListener {

    @Override
    public void onBatchStarted(int size, int queueDepth) {
      heard.add("batch of %d, %d remain".formatted(size, queueDepth));
    }

    @Override
    public void onBatchCompleted(int size, long runNanos) {
      heard.add("ran " + size);
    }

    @Override
    public void onRejected(int queueDepth, long estimatedWaitNanos) {
      heard.add("rejected at %d, wait %d ns".formatted(queueDepth, estimatedWaitNanos));
    }

    @Override
    public void onExpired(long ageNanos) {
      heard.add("expired after %d ns".formatted(ageNanos));
    }

    @Override
    public void onCancelled(long ageNanos) {
      heard.add("cancelled after %d ns".formatted(ageNanos));
    }
  }
}
