package io.github.resnetserving.inference;

import io.github.resnetserving.batch.NanoClock;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Platform threads that decode, no more than there are processors: decoding is native code and
 * arithmetic, so on virtual threads it would hold their few carriers. Pictures are decoded in the
 * order they came. Thread-safe.
 */
final class DecodePool implements AutoCloseable {

  /**
   * Bulk pictures for each thread that are here at the same time: enough to keep it busy, and few
   * enough for a picture that somebody waits for to come behind.
   */
  private static final int BULK_EACH = 2;

  private static final int MEAN_WEIGHT = 8;

  /**
   * No picture counts as longer than so many times the mean: one during which the process stood
   * still says nothing about the next, and pictures that do take longer show within a few.
   */
  private static final int LONGEST = 8;

  private final int threadCount;
  private final NanoClock clock;
  private final ThreadPoolExecutor threads;
  private final Semaphore bulkPlaces;
  private final AtomicLong meanNanos = new AtomicLong(); // of a picture; 0 before the first

  /**
   * @param queueCapacity pictures that may wait for a thread
   * @param clock the one that deadlines are readings of
   */
  DecodePool(int threadCount, int queueCapacity, NanoClock clock) {
    this.threadCount = threadCount;
    this.clock = clock;
    this.bulkPlaces = new Semaphore(BULK_EACH * threadCount, /* fair= */ true);
    this.threads =
        new ThreadPoolExecutor(
            threadCount,
            threadCount,
            /* keepAliveTime= */ 0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queueCapacity),
            Thread.ofPlatform().daemon().name("decode-", 0).factory());
  }

  /**
   * Takes a picture, unless there is no room or its deadline would pass before it was decoded.
   *
   * @param task decodes it
   * @param bulk whether it waits here first until it holds up nobody who waits
   * @return why it was not taken; null if it was
   */
  @Nullable Failure tryExecute(Runnable task, Deadline deadline, boolean bulk)
      throws InterruptedException {
    if (bulk && !awaitBulkPlace(deadline)) {
      return new Failure.TimedOut(deadline.limit());
    }
    long estimatedNanos = estimatedNanos();
    // With nobody in front it is taken in any case, or one slow picture could shut out all others.
    boolean late = !threads.getQueue().isEmpty() && leftNanos(deadline) < estimatedNanos;
    if (!late) {
      try {
        threads.execute(() -> run(task, bulk));
        return null;
      } catch (RejectedExecutionException e) {
        // There is no room.
      }
    }
    if (bulk) {
      bulkPlaces.release();
    }
    return new Failure.Overloaded(Duration.ofNanos(estimatedNanos));
  }

  private boolean awaitBulkPlace(Deadline deadline) throws InterruptedException {
    for (long left = leftNanos(deadline); left > 0; left = leftNanos(deadline)) {
      if (bulkPlaces.tryAcquire(left, TimeUnit.NANOSECONDS)) {
        return true;
      }
    }
    return false;
  }

  private void run(Runnable task, boolean bulk) {
    long start = clock.nanoTime();
    try {
      task.run();
    } finally {
      if (bulk) {
        bulkPlaces.release();
      }
      measured(clock.nanoTime() - start);
    }
  }

  private void measured(long nanos) {
    meanNanos.updateAndGet(
        mean -> mean == 0 ? nanos : mean + (Math.min(nanos, LONGEST * mean) - mean) / MEAN_WEIGHT);
  }

  /** Of a picture, as measured; 0 before the first. */
  long meanNanos() {
    return meanNanos.get();
  }

  /** How long until a picture that came now would be decoded; 0 while none has been. */
  private long estimatedNanos() {
    return meanNanos.get() * (threads.getQueue().size() + threadCount) / threadCount;
  }

  private long leftNanos(Deadline deadline) {
    return deadline.atNanos() - clock.nanoTime();
  }

  /** Lets running tasks finish and forgets queued ones: their requests run into their deadline. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
