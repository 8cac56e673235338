package io.github.resnetserving.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.batch.BatchResult.Cancelled;
import io.github.resnetserving.batch.BatchResult.Completed;
import io.github.resnetserving.batch.BatchResult.Expired;
import io.github.resnetserving.batch.BatchResult.Failed;
import io.github.resnetserving.batch.BatchResult.Rejected;
import io.github.resnetserving.batch.BatchResult.ShutDown;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;

/**
 * A million jobs of several producers on several queues, with cancels, deadlines, throws, wrong
 * counts, and queues that are closed and replaced all the while: every job ends once, by one
 * outcome, and what the listeners heard adds up.
 */
@Timeout(120)
class EveryJobEndsOnceTest {

  private static final int JOBS = 1_000_000;
  private static final int PRODUCERS = 4;
  private static final int QUEUES = 3;
  private static final int IN_FLIGHT = 200;
  private static final int ALONE = 1000;
  private static final BatchSizes SIZES = BatchSizes.of(1, 2, 4, 8);

  private final long seed = ThreadLocalRandom.current().nextLong();
  private final BatchScheduler scheduler = new BatchScheduler(2, NanoClock.system());
  private final AtomicReferenceArray<BatchQueue<Integer, Integer>> queues =
      new AtomicReferenceArray<>(QUEUES);
  private final AtomicIntegerArray runs = new AtomicIntegerArray(JOBS);
  private final AtomicIntegerArray endings = new AtomicIntegerArray(JOBS);
  private final Tally heard = new Tally();
  private final Outcomes outcomes = new Outcomes();
  private final LongAdder oddSizes = new LongAdder();
  private final LongAdder spread = new LongAdder();
  private final LongAdder disturbed = new LongAdder();
  private final AtomicInteger inside =
      new AtomicInteger(); // batches, one with all workers as ALONE
  private final Set<Thread> workers = ConcurrentHashMap.newKeySet();
  private final AtomicLong batches = new AtomicLong();
  private final AtomicBoolean finished = new AtomicBoolean();

  @Test
  void everyJobEndsOnceByOneOutcome(TestReporter reporter) throws Exception {
    reporter.publishEntry("seed", Long.toString(seed));
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < QUEUES; i++) {
      queues.set(i, open(random));
    }
    try (var threads = Executors.newCachedThreadPool()) {
      List<Future<Void>> producers = new ArrayList<>();
      for (int i = 0; i < PRODUCERS; i++) {
        producers.add(threads.submit(producer(i, random.split())));
      }
      Future<Void> replacing = threads.submit(replacer(random.split()));
      for (Future<Void> producer : producers) {
        producer.get();
      }
      finished.set(true);
      replacing.get();
    }
    scheduler.close();
    for (Thread worker : workers) { // they may still be in a batch that was given up
      worker.join();
    }

    assertThat(outcomes.total()).as("seed %d", seed).isEqualTo(JOBS);
    long ran = 0;
    for (int i = 0; i < JOBS; i++) {
      ran += runs.get(i);
      if (endings.get(i) != 1 || runs.get(i) > 1) {
        assertThat(endings.get(i)).as("endings of job %d, seed %d", i, seed).isEqualTo(1);
        assertThat(runs.get(i)).as("runs of job %d, seed %d", i, seed).isLessThan(2);
      }
    }
    assertThat(oddSizes.sum()).as("batches of other sizes").isZero();
    assertThat(spread.sum()).as("batches with all workers").isPositive();
    assertThat(disturbed.sum()).as("batches that shared what was another's").isZero();
    assertThat(heard.rejected.sum()).isEqualTo(outcomes.rejected.sum()).isPositive();
    assertThat(heard.expired.sum()).isEqualTo(outcomes.expired.sum()).isPositive();
    assertThat(heard.cancelled.sum()).isEqualTo(outcomes.cancelled.sum()).isPositive();
    assertThat(heard.shutDown.sum()).isEqualTo(outcomes.shutDown.sum()).isPositive();
    assertThat(outcomes.failed.sum()).isPositive();
    assertThat(heard.jobsStarted.sum())
        .isEqualTo(heard.startedInBatches.sum())
        .isEqualTo(heard.endedInBatches.sum())
        .isEqualTo(ran)
        .isGreaterThanOrEqualTo(outcomes.completed.sum() + outcomes.failed.sum());
  }

  private BatchQueue<Integer, Integer> open(SplittableRandom random) {
    BatchSettings settings =
        BatchSettings.of(SIZES)
            .withQueueCapacity(16 + random.nextInt(200))
            .withConcurrency(1 + random.nextInt(2))
            .withWeight(1 + random.nextInt(3))
            .withMaxDelay(Duration.ofNanos(random.nextInt(2) * 50_000L))
            .withTargetP99(random.nextBoolean() ? null : Duration.ofMillis(1))
            .withDrainLimit(Duration.ofNanos(random.nextInt(2) * 200_000L));
    boolean spreads = random.nextBoolean();
    BatchFunction<Integer, Integer> function =
        new BatchFunction<>() {
          @Override
          public List<Integer> apply(List<Integer> inputs) {
            return watched(inputs, /* alone= */ false);
          }

          @Override
          public boolean spreads() {
            return spreads;
          }

          @Override
          public List<Integer> applySpread(List<Integer> inputs) {
            spread.increment();
            return watched(inputs, /* alone= */ true);
          }
        };
    return scheduler.open("queue", function, settings, heard);
  }

  /** Sees whether a batch that has all workers shares them. */
  private List<Integer> watched(List<Integer> inputs, boolean alone) {
    int others = inside.getAndAdd(alone ? ALONE : 1);
    try {
      if (others >= ALONE || (alone && others > 0)) {
        disturbed.increment();
      }
      return run(inputs);
    } finally {
      inside.addAndGet(alone ? -ALONE : -1);
    }
  }

  /** Doubles its inputs; one batch in fifty throws, one returns too few. */
  private List<Integer> run(List<Integer> inputs) {
    workers.add(Thread.currentThread());
    if (!SIZES.values().contains(inputs.size())) {
      oddSizes.increment();
    }
    inputs.forEach(runs::incrementAndGet);
    long number = batches.incrementAndGet();
    if (number % 50 == 0) {
      throw new IllegalStateException("bad luck");
    }
    if (number % 50 == 25) {
      return inputs.subList(1, inputs.size());
    }
    return inputs.stream().map(input -> 2 * input).toList();
  }

  private Callable<Void> producer(int number, SplittableRandom random) {
    return () -> {
      ArrayDeque<Runnable> open = new ArrayDeque<>();
      for (int id = number; id < JOBS; id += PRODUCERS) {
        open.add(submit(id, random));
        if (open.size() > random.nextInt(IN_FLIGHT)) {
          open.remove().run();
        }
      }
      open.forEach(Runnable::run);
      return null;
    };
  }

  /** Submits a job and returns what waits for its end. */
  private Runnable submit(int id, SplittableRandom random) {
    var queue = queues.get(random.nextInt(QUEUES));
    long deadline = System.nanoTime() + random.nextLong(2_000_000) - 1_000;
    Priority priority = random.nextInt(4) == 0 ? Priority.BULK : Priority.INTERACTIVE;
    Ticket<Integer> ticket = queue.submit(id, deadline, priority);
    ticket.onDone(() -> endings.incrementAndGet(id));
    if (random.nextInt(10) == 0) {
      ticket.cancel();
    }
    boolean cancelLater = random.nextInt(10) == 0;
    return () -> {
      if (cancelLater) {
        ticket.cancel();
      }
      try {
        outcomes.add(id, ticket.await(), runs.get(id));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    };
  }

  /** Closes queues and opens others in their place, so that two closes may overlap. */
  private Callable<Void> replacer(SplittableRandom random) {
    return () -> {
      while (!finished.get()) {
        int slot = random.nextInt(QUEUES);
        var old = queues.getAndSet(slot, open(random));
        old.close();
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(2_000)));
      }
      return null;
    };
  }

  private static final class Outcomes {
    private final LongAdder completed = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder rejected = new LongAdder();
    private final LongAdder expired = new LongAdder();
    private final LongAdder cancelled = new LongAdder();
    private final LongAdder shutDown = new LongAdder();

    void add(int id, BatchResult<Integer> result, int runs) {
      switch (result) {
        case Completed<Integer> it -> {
          assertThat(it.output()).isEqualTo(2 * id);
          completed.increment();
        }
        case Failed<Integer> _ -> failed.increment();
        case Rejected<Integer> _ -> {
          assertThat(runs).isZero();
          rejected.increment();
        }
        case Expired<Integer> _ -> expired.increment();
        case Cancelled<Integer> _ -> cancelled.increment();
        case ShutDown<Integer> _ -> shutDown.increment();
      }
    }

    long total() {
      return completed.sum()
          + failed.sum()
          + rejected.sum()
          + expired.sum()
          + cancelled.sum()
          + shutDown.sum();
    }
  }

  private static final class Tally implements BatchListener {
    private final LongAdder jobsStarted = new LongAdder();
    private final LongAdder startedInBatches = new LongAdder();
    private final LongAdder endedInBatches = new LongAdder();
    private final LongAdder rejected = new LongAdder();
    private final LongAdder expired = new LongAdder();
    private final LongAdder cancelled = new LongAdder();
    private final LongAdder shutDown = new LongAdder();

    @Override
    public void onJobStarted(long queueNanos) {
      jobsStarted.increment();
    }

    @Override
    public void onBatchStarted(int size, int queueDepth) {
      startedInBatches.add(size);
    }

    @Override
    public void onBatchCompleted(int size, long runNanos) {
      endedInBatches.add(size);
    }

    @Override
    public void onBatchFailed(int size, long runNanos, Throwable cause) {
      endedInBatches.add(size);
    }

    @Override
    public void onRejected(int queueDepth, long estimatedWaitNanos) {
      rejected.increment();
    }

    @Override
    public void onExpired(long ageNanos) {
      expired.increment();
    }

    @Override
    public void onCancelled(long ageNanos) {
      cancelled.increment();
    }

    @Override
    public void onShutDown(long ageNanos) {
      shutDown.increment();
    }
  }
}
