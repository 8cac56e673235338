package io.github.resnetserving.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.batch.BatchResult.Completed;
import io.github.resnetserving.batch.BatchResult.Rejected;
import io.github.resnetserving.batch.BatchResult.ShutDown;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What several queues do to each other, at several times as in {@link BatchQueueTest}. */
@ParameterizedClass
@MethodSource("starts")
@Timeout(20)
class BatchSchedulerTest {

  private static final Duration HOUR = Duration.ofHours(1);
  private static final BatchSettings SINGLE = BatchSettings.of(BatchSizes.of(1));

  private final FakeClock clock;
  private final GatedFunction gated = new GatedFunction();
  private final List<String> ran = new CopyOnWriteArrayList<>();
  private final List<BatchScheduler> schedulers = new ArrayList<>();

  BatchSchedulerTest(long start) {
    clock = new FakeClock(start);
  }

  static LongStream starts() {
    return LongStream.of(Long.MAX_VALUE - 5, 0, ThreadLocalRandom.current().nextLong());
  }

  @AfterEach
  void close() {
    gated.letThrough(1000);
    schedulers.forEach(BatchScheduler::close);
  }

  @Test
  void busyQueuesShareTheMachineByTheTimeTheyTakeNotByTheirNumberOfBatches() throws Exception {
    var scheduler = scheduler(1);
    var gate = open(scheduler, "gate", gated, SINGLE);
    var slow = open(scheduler, "slow", taking("slow", Duration.ofMillis(30)), SINGLE);
    var quick = open(scheduler, "quick", taking("quick", Duration.ofMillis(10)), SINGLE);
    hold(gate);
    submit(slow, 3);
    submit(quick, 6);

    runAll(slow, quick);

    assertThat(ran)
        .containsExactly(
            "slow", "quick", "quick", "quick", "slow", "quick", "quick", "quick", "slow");
  }

  @Test
  void aBatchDuringWhichTheProcessStoodStillCostsItsQueueEightTurns() throws Exception {
    var scheduler = scheduler(1);
    var gate = open(scheduler, "gate", gated, SINGLE);
    var times = new ArrayDeque<>(List.of(Duration.ofMillis(10), HOUR));
    BatchFunction<String, String> paused =
        inputs -> {
          clock.advance(times.isEmpty() ? Duration.ofMillis(10) : times.remove());
          ran.add("paused");
          return inputs;
        };
    var first = open(scheduler, "paused", paused, SINGLE);
    var other = open(scheduler, "other", taking("other", Duration.ofMillis(10)), SINGLE);
    hold(gate);
    submit(first, 4);
    submit(other, 12);

    runAll(first, other);

    // Ten milliseconds of each, and then what counts as eighty, though it was an hour.
    var untilEven = new ArrayList<>(List.of("paused", "other", "paused"));
    untilEven.addAll(Collections.nCopies(8, "other"));
    assertThat(ran).startsWith(untilEven.toArray(String[]::new));
    assertThat(ran.subList(11, 13)).contains("paused");
  }

  @Test
  void aWeightOfTwoIsTwiceTheTime() throws Exception {
    var scheduler = scheduler(1);
    var gate = open(scheduler, "gate", gated, SINGLE);
    Duration ten = Duration.ofMillis(10);
    var heavy = open(scheduler, "heavy", taking("heavy", ten), SINGLE.withWeight(2));
    var light = open(scheduler, "light", taking("light", ten), SINGLE);
    hold(gate);
    submit(heavy, 6);
    submit(light, 3);

    runAll(heavy, light);

    assertThat(ran)
        .containsExactly(
            "heavy", "light", "heavy", "heavy", "light", "heavy", "heavy", "light", "heavy");
  }

  @Test
  void aQueueThatWasIdleEarnsNoCredit() throws Exception {
    var scheduler = scheduler(1);
    var gate = open(scheduler, "gate", gated, SINGLE);
    Duration ten = Duration.ofMillis(10);
    var busy = open(scheduler, "busy", taking("busy", ten), SINGLE);
    var idle = open(scheduler, "idle", taking("idle", ten), SINGLE);
    hold(gate);
    submit(busy, 20);
    runAll(busy);
    ran.clear();
    hold(gate);
    submit(busy, 3);
    submit(idle, 3);

    runAll(busy, idle);

    // One of the idle queue's comes at once, for the busy one has just been served.
    assertThat(ran).containsExactly("idle", "busy", "idle", "busy", "idle", "busy");
  }

  @Test
  void otherBusyQueuesTakeTheirShareOfTheEstimate() throws Exception {
    var scheduler = scheduler(1);
    var gate = open(scheduler, "gate", gated, SINGLE);
    var other = open(scheduler, "other", inputs -> inputs, SINGLE.withWeight(2));
    var mine = open(scheduler, "mine", inputs -> inputs, SINGLE);
    other.recordServiceTime(1, Duration.ofMillis(10));
    mine.recordServiceTime(1, Duration.ofMillis(10));
    hold(gate);
    submit(mine, 1);
    submit(other, 1);

    // Two of its own; the other queue has no more than one.
    assertThat(mine.submit("x", clock.in(Duration.ofMillis(29))).await())
        .isEqualTo(new Rejected<>(1, 30_000_000));
    submit(other, 9);
    // The other queue has ten, of which four run in the time of two.
    assertThat(mine.submit("x", clock.in(Duration.ofMillis(59))).await())
        .isEqualTo(new Rejected<>(1, 60_000_000));
  }

  @Test
  void aFunctionIsCalledFromOneWorkerAtATime() throws Exception {
    var scheduler = scheduler(2);
    var queue = open(scheduler, "one", gated, SINGLE);
    var other = open(scheduler, "other", inputs -> inputs, SINGLE);
    submit(queue, 2);
    gated.awaitBatch();

    // The second worker is free, and serves whoever it may.
    assertThat(other.submit("x", clock.in(HOUR)).await()).isEqualTo(new Completed<>("x", 0, 0, 1));
    assertThat(gated.batches()).hasSize(1);
  }

  @Test
  void aFunctionIsCalledFromSeveralWorkersIfItsSettingsSaySo() throws Exception {
    var scheduler = scheduler(2);
    var both = new CyclicBarrier(2);
    BatchFunction<String, String> meeting =
        inputs -> {
          both.await();
          return inputs;
        };
    var queue = open(scheduler, "two", meeting, SINGLE.withConcurrency(2));
    var a = queue.submit("a", clock.in(HOUR));
    var b = queue.submit("b", clock.in(HOUR));

    assertThat(a.await()).isEqualTo(new Completed<>("a", 0, 0, 1));
    assertThat(b.await()).isEqualTo(new Completed<>("b", 0, 0, 1));
  }

  @Test
  void workersShareTheEstimateAsFarAsTheFunctionAllows() throws Exception {
    var scheduler = scheduler(2);
    var queue = open(scheduler, "two", gated, SINGLE.withConcurrency(2));
    queue.recordServiceTime(1, Duration.ofMillis(10));
    submit(queue, 2);
    gated.awaitBatch();
    gated.awaitBatch();
    submit(queue, 2);

    // Two run and two wait, on two workers; then its own.
    assertThat(queue.submit("x", clock.in(Duration.ofMillis(29))).await())
        .isEqualTo(new Rejected<>(2, 30_000_000));
  }

  @Test
  void whatWaitsIsSharedOutEvenlyAmongTheFreeWorkers() {
    var scheduler = unmanned(3);
    var settings = BatchSettings.of(BatchSizes.upTo(8)).withConcurrency(3);
    var queue = open(scheduler, "queue", inputs -> inputs, settings);
    submit(queue, 7);

    assertThat(queue.former().cut(clock.nanoTime(), 3).jobs()).hasSize(3);
    assertThat(queue.former().cut(clock.nanoTime(), 2).jobs()).hasSize(2);
    assertThat(queue.former().cut(clock.nanoTime(), 1).jobs()).hasSize(2);
  }

  @Test
  void noMoreWorkersShareThanMayCallTheFunction() {
    var scheduler = unmanned(3);
    var settings = BatchSettings.of(BatchSizes.upTo(8)).withConcurrency(2);
    var queue = open(scheduler, "queue", inputs -> inputs, settings);
    submit(queue, 6);

    assertThat(queue.former().cut(clock.nanoTime(), 3).jobs()).hasSize(3);
    assertThat(queue.former().cut(clock.nanoTime(), 2).jobs()).hasSize(3);
  }

  @Test
  void theSharesOfOneBatchStartTogether() {
    var scheduler = unmanned(2);
    var settings = BatchSettings.of(BatchSizes.upTo(4)).withConcurrency(2).withMaxDelay(HOUR);
    var queue = open(scheduler, "queue", inputs -> inputs, settings);
    submit(queue, 4);
    queue.former().cut(clock.nanoTime(), 2);

    assertThat(queue.former().untilRipeNanos(clock.nanoTime())).isZero();
    queue.former().cut(clock.nanoTime(), 1);
    submit(queue, 1);
    assertThat(queue.former().untilRipeNanos(clock.nanoTime())).isEqualTo(HOUR.toNanos());
  }

  @Test
  void aJobThatIsAloneHasAllWorkers() throws Exception {
    var scheduler = unmanned(2);
    var queue = open(scheduler, "queue", new Spreading(), SINGLE.withConcurrency(2));
    var alone = queue.submit("a", clock.in(HOUR));

    Batch<?, ?> batch = next(scheduler, null);
    var later = queue.submit("b", clock.in(HOUR));

    assertThat(batch.isSpread()).isTrue();
    batch.run();
    assertThat(alone.await()).isEqualTo(new Completed<>("a on all", 0, 0, 1));
    Batch<?, ?> following = next(scheduler, batch);
    following.run();
    assertThat(later.await()).isEqualTo(new Completed<>("b on all", 0, 0, 1));
  }

  @Test
  void aJobThatIsNotAloneHasOneWorker() throws Exception {
    var scheduler = unmanned(2);
    var queue = open(scheduler, "queue", new Spreading(), SINGLE.withConcurrency(2));
    var other = open(scheduler, "other", new Spreading(), SINGLE.withConcurrency(2));
    submit(queue, 1);
    submit(other, 1);

    assertThat(next(scheduler, null).isSpread()).as("another queue's job waits").isFalse();
    assertThat(next(scheduler, null).isSpread()).as("another queue's job runs").isFalse();
  }

  @Test
  void asManyJobsAsWorkersHaveOneEach() throws Exception {
    var scheduler = unmanned(2);
    var queue = open(scheduler, "queue", new Spreading(), SINGLE.withConcurrency(2));
    submit(queue, 2);

    assertThat(next(scheduler, null).isSpread()).isFalse();
  }

  @Test
  void aBatchWithAllWorkersCountsAsTheTimeOfThemAll() throws Exception {
    var scheduler = unmanned(2);
    var queue = open(scheduler, "queue", new Spreading(), SINGLE.withConcurrency(2));
    submit(queue, 1);
    Batch<?, ?> batch = next(scheduler, null);
    clock.advance(Duration.ofMillis(10));
    batch.run();
    submit(queue, 1);
    Batch<?, ?> second = next(scheduler, batch);

    assertThat(batch.usedNanos()).isEqualTo(20_000_000);
    assertThat(second.chargedNanos()).isEqualTo(20_000_000);
    clock.advance(Duration.ofMillis(4));
    assertThat(queue.former().runningNanos(clock.nanoTime())).isEqualTo(12_000_000);
  }

  @Test
  void closingAQueueLeavesTheOthersAlone() throws Exception {
    var scheduler = scheduler(1);
    var gate = open(scheduler, "gate", gated, SINGLE);
    var going = open(scheduler, "going", inputs -> inputs, SINGLE.withDrainLimit(Duration.ZERO));
    var staying = open(scheduler, "staying", inputs -> inputs, SINGLE);
    hold(gate);
    var a = going.submit("a", clock.in(HOUR));
    var b = staying.submit("b", clock.in(HOUR));
    going.close();

    assertThat(a.await()).isEqualTo(new ShutDown<>("going"));
    gated.letThrough(1);
    assertThat(b.await()).isEqualTo(new Completed<>("b", 0, 0, 1));
    assertThat(going.submit("c", clock.in(HOUR)).await()).isEqualTo(new ShutDown<>("going"));
    assertThat(staying.submit("d", clock.in(HOUR)).await())
        .isEqualTo(new Completed<>("d", 0, 0, 1));
  }

  @Test
  void closingStartsABatchThatWaitsForCompany() throws Exception {
    var scheduler = scheduler(1);
    var settings = BatchSettings.of(BatchSizes.of(1, 8)).withMaxDelay(HOUR);
    var queue = open(scheduler, "queue", inputs -> inputs, settings);
    var a = queue.submit("a", clock.in(HOUR.multipliedBy(2)));
    queue.close();

    assertThat(a.await()).isEqualTo(new Completed<>("a", 0, 0, 1));
  }

  @Test
  void aQueueOpensWhileOthersAreBusy() throws Exception {
    var scheduler = scheduler(1);
    var gate = open(scheduler, "gate", gated, SINGLE);
    hold(gate);
    var late = open(scheduler, "late", inputs -> inputs, SINGLE);
    var a = late.submit("a", clock.in(HOUR));
    gated.letThrough(1);

    assertThat(a.await()).isEqualTo(new Completed<>("a", 0, 0, 1));
  }

  @Test
  void closingTheSchedulerClosesEveryQueueAndEndsTheWorkers() throws Exception {
    var scheduler = scheduler(2);
    var workers = Collections.synchronizedSet(new java.util.HashSet<Thread>());
    BatchFunction<String, String> noting =
        inputs -> {
          workers.add(Thread.currentThread());
          return inputs;
        };
    var first = open(scheduler, "first", noting, SINGLE);
    var second = open(scheduler, "second", noting, SINGLE);
    var a = first.submit("a", clock.in(HOUR));
    var b = second.submit("b", clock.in(HOUR));
    scheduler.close();

    assertThat(a.isDone()).isTrue();
    assertThat(b.isDone()).isTrue();
    assertThat(first.submit("c", clock.in(HOUR)).await()).isEqualTo(new ShutDown<>("first"));
    assertThatThrownBy(() -> open(scheduler, "third", noting, SINGLE))
        .hasMessage("the queue third cannot be opened: the scheduler is closed");
    for (Thread worker : workers) {
      worker.join();
    }
  }

  private BatchScheduler scheduler(int workers) {
    var scheduler = new BatchScheduler(workers, clock);
    schedulers.add(scheduler);
    return scheduler;
  }

  /** The test takes the batches. */
  private BatchScheduler unmanned(int workers) {
    return new BatchScheduler(workers, clock, _ -> Thread.ofPlatform().unstarted(() -> {}));
  }

  private static Batch<?, ?> next(BatchScheduler scheduler, @Nullable Batch<?, ?> done) {
    return Objects.requireNonNull(scheduler.next(done));
  }

  private static final class Spreading implements BatchFunction<String, String> {

    @Override
    public List<String> apply(List<String> inputs) {
      return inputs;
    }

    @Override
    public boolean spreads() {
      return true;
    }

    @Override
    public List<String> applySpread(List<String> inputs) {
      return inputs.stream().map(input -> input + " on all").toList();
    }
  }

  private static BatchQueue<String, String> open(
      BatchScheduler scheduler,
      String name,
      BatchFunction<String, String> function,
      BatchSettings settings) {
    return scheduler.open(name, function, settings, BatchListener.NONE);
  }

  /** Occupies the only worker until the gate lets one through. */
  private void hold(BatchQueue<String, String> gate) throws InterruptedException {
    gate.submit("hold", clock.in(HOUR));
    gated.awaitBatch();
  }

  private void submit(BatchQueue<String, String> queue, int count) {
    for (int i = 0; i < count; i++) {
      queue.submit("x", clock.in(HOUR.multipliedBy(100)));
    }
  }

  /** Lets the held worker go and waits until the queues have run what they hold. */
  @SafeVarargs
  private void runAll(BatchQueue<String, String>... queues) throws InterruptedException {
    var all = new CountDownLatch(queues.length);
    for (var queue : queues) {
      queue.submit("last", clock.in(HOUR.multipliedBy(100))).onDone(all::countDown);
    }
    gated.letThrough(1);
    all.await();
  }

  private BatchFunction<String, String> taking(String name, Duration time) {
    return inputs -> {
      clock.advance(time);
      if (!inputs.contains("last")) {
        ran.add(name);
      }
      return inputs;
    };
  }
}
