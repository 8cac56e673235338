package io.github.resnetserving.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.batch.BatchResult.Cancelled;
import io.github.resnetserving.batch.BatchResult.Completed;
import io.github.resnetserving.batch.BatchResult.Expired;
import io.github.resnetserving.batch.BatchResult.Failed;
import io.github.resnetserving.batch.BatchResult.Rejected;
import io.github.resnetserving.batch.BatchResult.ShutDown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
class BatchExecutorTest {

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration NO_DELAY = Duration.ZERO;

  private final FakeClock clock;
  private final GatedFunction gated = new GatedFunction();
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final List<BatchExecutor<String, String>> executors = new ArrayList<>();

  BatchExecutorTest(long start) {
    clock = new FakeClock(start);
  }

  static LongStream starts() {
    return LongStream.of(Long.MAX_VALUE - 5, 0, ThreadLocalRandom.current().nextLong());
  }

  @AfterEach
  void close() {
    gated.letThrough(1000);
    executors.forEach(BatchExecutor::close);
  }

  @Test
  void jobsThatWaitedBehindABatchLeaveTogetherUpToTheMaximum() throws Exception {
    var executor = start(gated, 4, NO_DELAY, 16);
    var a = submit(executor, "a");
    gated.awaitBatch();
    for (String input : List.of("b", "c", "d", "e")) {
      submit(executor, input);
    }
    var f = submit(executor, "f");
    gated.letThrough(3);

    assertThat(a.await()).isEqualTo(new Completed<>("a!", 0, 0, 1));
    assertThat(f.await()).isEqualTo(new Completed<>("f!", 0, 0, 1));
    assertThat(gated.batches())
        .containsExactly(List.of("a"), List.of("b", "c", "d", "e"), List.of("f"));
  }

  @Test
  void anIncompleteBatchWaitsForCompany() throws Exception {
    var executor = start(gated, 3, HOUR, 16);
    gated.letThrough(1);
    var a = submit(executor, "a");
    submit(executor, "b");
    submit(executor, "c");

    assertThat(a.await()).isEqualTo(new Completed<>("a!", 0, 0, 3));
    assertThat(gated.batches()).containsExactly(List.of("a", "b", "c"));
  }

  @Test
  void theDelayCountsFromSubmissionNotFromTheEndOfTheBatchBefore() throws Exception {
    var executor = start(gated, 2, HOUR, 16);
    submit(executor, "a");
    submit(executor, "b");
    gated.awaitBatch();
    var c = executor.submit("c", clock.in(HOUR.multipliedBy(3)));
    clock.advance(HOUR);
    gated.letThrough(2);

    assertThat(c.await()).isEqualTo(new Completed<>("c!", HOUR.toNanos(), 0, 1));
    assertThat(gated.batches()).containsExactly(List.of("a", "b"), List.of("c"));
  }

  @Test
  void aWaitingBatchStartsWhenTheClockSaysSo() throws Exception {
    Duration delay = Duration.ofMillis(1);
    var executor = start(gated, 2, delay, 16);
    gated.letThrough(1);
    var a = submit(executor, "a");
    clock.advance(delay);

    assertThat(a.await()).isEqualTo(new Completed<>("a!", delay.toNanos(), 0, 1));
  }

  @Test
  void aJobWhoseDeadlinePassedInTheQueueNeverReachesTheFunction() throws Exception {
    var executor = start(gated, 4, NO_DELAY, 16);
    submit(executor, "a");
    gated.awaitBatch();
    var late = executor.submit("late", clock.in(Duration.ofMillis(5)));
    var patient = executor.submit("patient", clock.in(Duration.ofMillis(6)));
    clock.advance(Duration.ofMillis(5));
    gated.letThrough(2);

    assertThat(patient.await()).isEqualTo(new Completed<>("patient!", 5_000_000, 0, 1));
    assertThat(late.await()).isEqualTo(new Expired<>());
    assertThat(gated.batches()).containsExactly(List.of("a"), List.of("patient"));
    assertThat(heard).contains("expired after 5000000 ns");
  }

  @Test
  void waitingEndsAtTheDeadlineEvenWhileTheJobRuns() throws Exception {
    var executor = start(gated, 4, NO_DELAY, 16);
    var a = executor.submit("a", clock.in(Duration.ofMillis(5)));
    gated.awaitBatch();
    clock.advance(Duration.ofMillis(5));

    assertThat(a.await()).isEqualTo(new Expired<>());
  }

  @Test
  void aDeadlineInThePastExpiresOnArrival() throws Exception {
    var executor = start(gated, 4, NO_DELAY, 16);

    assertThat(executor.submit("a", clock.in(Duration.ZERO)).await()).isEqualTo(new Expired<>());
    assertThat(gated.batches()).isEmpty();
  }

  @Test
  void aCancelledJobLeavesTheQueueAtOnce() throws Exception {
    var executor = start(gated, 4, NO_DELAY, 1);
    submit(executor, "a");
    gated.awaitBatch();
    var b = submit(executor, "b");

    assertThat(b.cancel()).isTrue();
    assertThat(b.cancel()).isFalse();
    var c = submit(executor, "c");
    gated.letThrough(2);

    assertThat(c.await()).isEqualTo(new Completed<>("c!", 0, 0, 1));
    assertThat(b.await()).isEqualTo(new Cancelled<>());
    assertThat(gated.batches()).containsExactly(List.of("a"), List.of("c"));
    assertThat(heard).contains("cancelled after 0 ns");
  }

  @Test
  void cancellingARunningJobDropsItsOutputAndKeepsTheOthers() throws Exception {
    var executor = start(gated, 2, HOUR, 16);
    var a = submit(executor, "a");
    var b = submit(executor, "b");
    gated.awaitBatch();
    a.cancel();
    gated.letThrough(1);

    assertThat(b.await()).isEqualTo(new Completed<>("b!", 0, 0, 2));
    assertThat(a.await()).isEqualTo(new Cancelled<>());
  }

  @Test
  void aFullQueueTurnsJobsAway() throws Exception {
    var executor = start(gated, 4, NO_DELAY, 2);
    submit(executor, "a");
    gated.awaitBatch();
    submit(executor, "b");
    submit(executor, "c");

    assertThat(submit(executor, "d").await()).isEqualTo(new Rejected<>(2, 0));
    assertThat(heard).contains("rejected at 2, wait 0 ns");
  }

  @Test
  void aDeadlineThatTheQueueCannotMeetIsRefusedOnArrival() throws Exception {
    GatedFunction slow = gated;
    BatchFunction<String, String> tenMillisAJob =
        inputs -> {
          clock.advance(Duration.ofMillis(10).multipliedBy(inputs.size()));
          return slow.apply(inputs);
        };
    var executor = start(tenMillisAJob, 1, NO_DELAY, 16);
    gated.letThrough(1);
    submit(executor, "measured").await();
    gated.awaitBatch();
    submit(executor, "a");
    gated.awaitBatch();
    submit(executor, "b");
    submit(executor, "c");

    var hurried = executor.submit("d", clock.in(Duration.ofMillis(20)));
    var patient = executor.submit("e", clock.in(Duration.ofMillis(21)));

    assertThat(hurried.await()).isEqualTo(new Rejected<>(2, 20_000_000));
    assertThat(patient.isDone()).isFalse();
  }

  @Test
  void aThrowFailsItsBatchAloneAndTheLoopLives() throws Exception {
    var cause = new IllegalArgumentException("bad batch");
    var executor = start(failingOn("bad", cause), 4, NO_DELAY, 16);

    assertThat(submit(executor, "bad").await()).isEqualTo(new Failed<>(cause));
    assertThat(submit(executor, "good").await()).isEqualTo(new Completed<>("good", 0, 0, 1));
  }

  @Test
  void anErrorFailsItsBatchAloneAndTheLoopLives() throws Exception {
    var cause = new UnsatisfiedLinkError("no such library");
    var executor = start(failingOn("bad", cause), 4, NO_DELAY, 16);

    assertThat(submit(executor, "bad").await()).isEqualTo(new Failed<>(cause));
    assertThat(submit(executor, "good").await()).isEqualTo(new Completed<>("good", 0, 0, 1));
  }

  @Test
  void aWrongNumberOfOutputsFailsTheBatch() throws Exception {
    var executor = start(inputs -> List.of("one", "two"), 4, NO_DELAY, 16);

    BatchResult<String> result = submit(executor, "a").await();

    assertThat(result).isInstanceOf(Failed.class);
    assertThat(((Failed<String>) result).cause())
        .hasMessage("the function returned 2 outputs for 1 inputs");
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
    var executor =
        new BatchExecutor<String, String>("x", inputs -> inputs, settings(4), clock, listener);
    executors.add(executor);

    assertThat(submit(executor, "a").await()).isEqualTo(new Completed<>("a", 0, 0, 1));
  }

  @Test
  void theListenerHearsSizeAndDepthOfEachBatch() throws Exception {
    var executor = start(gated, 2, NO_DELAY, 16);
    submit(executor, "a");
    gated.awaitBatch();
    submit(executor, "b");
    submit(executor, "c");
    submit(executor, "d");
    gated.letThrough(1);
    gated.awaitBatch();

    assertThat(heard).containsExactly("batch of 1, 0 remain", "ran 1", "batch of 2, 1 remain");
  }

  @Test
  void closingRunsWhatIsQueued() throws Exception {
    var executor = start(gated, 1, NO_DELAY, 16);
    var a = submit(executor, "a");
    gated.awaitBatch();
    var b = submit(executor, "b");
    gated.letThrough(2);
    executor.close();

    assertThat(a.await()).isEqualTo(new Completed<>("a!", 0, 0, 1));
    assertThat(b.await()).isEqualTo(new Completed<>("b!", 0, 0, 1));
    assertThat(submit(executor, "c").await()).isEqualTo(new ShutDown<>("test"));
  }

  @Test
  void closingFailsWhatTheDrainLimitLeavesOver() throws Exception {
    var settings = new BatchSettings(1, NO_DELAY, 16, 1, Duration.ZERO);
    var executor = new BatchExecutor<>("test", gated, settings, clock, BatchListener.NONE);
    executors.add(executor);
    var running = submit(executor, "a");
    gated.awaitBatch();
    var queued = submit(executor, "b");
    executor.close();

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

  private static BatchSettings settings(int maxBatch) {
    return new BatchSettings(maxBatch, NO_DELAY, 16, 1, Duration.ofSeconds(10));
  }

  private Ticket<String> submit(BatchExecutor<String, String> executor, String input) {
    return executor.submit(input, clock.in(HOUR));
  }

  private BatchExecutor<String, String> start(
      BatchFunction<String, String> function, int maxBatch, Duration maxDelay, int capacity) {
    var settings = new BatchSettings(maxBatch, maxDelay, capacity, 1, Duration.ofSeconds(10));
    var executor = new BatchExecutor<>("test", function, settings, clock, new Recorder());
    executors.add(executor);
    return executor;
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
