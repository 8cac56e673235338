package io.github.resnetserving.batch;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the executor itself costs, with a function that does nothing: jobs a second of 16 producers,
 * and how long a rejection takes. The producers are platform threads; with {@code -jvmArgsAppend
 * -Djmh.executor=VIRTUAL} they are virtual ones, as a server's requests are.
 */
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BatchQueueBenchmark {

  private static final int PRODUCERS = 16;
  private static final int IN_FLIGHT = 16;
  private static final long FAR_NANOS = Duration.ofMinutes(10).toNanos();

  /** A queue of one worker that never rejects the producers' jobs. */
  @State(Scope.Benchmark)
  public static class Served {

    @Param({"16"})
    public int largest = 16;

    private BatchScheduler scheduler = new BatchScheduler(1, NanoClock.system());
    private BatchQueue<Integer, Integer> queue = open(scheduler, largest);

    @Setup(Level.Trial)
    public void open() {
      scheduler.close();
      scheduler = new BatchScheduler(1, NanoClock.system());
      queue = open(scheduler, largest);
    }

    @TearDown(Level.Trial)
    public void close() {
      scheduler.close();
    }

    private static BatchQueue<Integer, Integer> open(BatchScheduler scheduler, int largest) {
      var settings =
          BatchSettings.of(BatchSizes.upTo(largest)).withQueueCapacity(PRODUCERS * IN_FLIGHT);
      return scheduler.open("no-op", inputs -> inputs, settings, BatchListener.NONE);
    }
  }

  /** A queue with one place left, for an interactive job, behind a batch that does not end. */
  @State(Scope.Benchmark)
  public static class Full {

    private final BatchScheduler scheduler = new BatchScheduler(1, NanoClock.system());
    private final CountDownLatch end = new CountDownLatch(1);
    private final CountDownLatch entered = new CountDownLatch(1);
    private final BatchQueue<Integer, Integer> queue =
        scheduler.open(
            "full",
            inputs -> {
              entered.countDown();
              end.await();
              return inputs;
            },
            BatchSettings.of(BatchSizes.upTo(8)).withQueueCapacity(4),
            BatchListener.NONE);

    @Setup(Level.Trial)
    public void fill() throws InterruptedException {
      queue.recordServiceTime(8, Duration.ofMillis(10));
      queue.submit(0, System.nanoTime() + FAR_NANOS);
      entered.await();
      for (int i = 0; i < 3; i++) {
        queue.submit(i, System.nanoTime() + FAR_NANOS);
      }
    }

    @TearDown(Level.Trial)
    public void close() {
      end.countDown();
      scheduler.close();
    }
  }

  /** Each producer submits a job and waits for it. */
  @Benchmark
  @Threads(PRODUCERS)
  @BenchmarkMode(Mode.Throughput)
  @OutputTimeUnit(TimeUnit.SECONDS)
  public BatchResult<Integer> submitAndAwait(Served served) throws InterruptedException {
    return served.queue.submit(1, System.nanoTime() + FAR_NANOS).await();
  }

  /** Each producer submits sixteen jobs and goes on when the last of them calls back. */
  @Benchmark
  @Threads(PRODUCERS)
  @BenchmarkMode(Mode.Throughput)
  @OutputTimeUnit(TimeUnit.SECONDS)
  @OperationsPerInvocation(IN_FLIGHT)
  public void submitSixteenAndAwaitTheirCallbacks(Served served) throws InterruptedException {
    long deadline = System.nanoTime() + FAR_NANOS;
    CountDownLatch done = new CountDownLatch(IN_FLIGHT);
    for (int i = 0; i < IN_FLIGHT; i++) {
      served.queue.submit(i, deadline).onDone(done::countDown);
    }
    done.await();
  }

  /** A job for which there is no place. */
  @Benchmark
  @Threads(1)
  @BenchmarkMode(Mode.AverageTime)
  @OutputTimeUnit(TimeUnit.NANOSECONDS)
  public Ticket<Integer> rejectForWantOfAPlace(Full full) {
    return full.queue.submit(1, System.nanoTime() + FAR_NANOS, Priority.BULK);
  }

  /** A job that would come too late. */
  @Benchmark
  @Threads(1)
  @BenchmarkMode(Mode.AverageTime)
  @OutputTimeUnit(TimeUnit.NANOSECONDS)
  public Ticket<Integer> rejectForItsDeadline(Full full) {
    return full.queue.submit(1, System.nanoTime() + 1_000_000);
  }
}
