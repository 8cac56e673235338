package io.github.resnetserving.batch;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A submitted job, seen from outside. Thread-safe.
 *
 * @param <O> the job's output
 */
public final class Ticket<O> {

  private final Job<?, O> job;
  private final Runnable leaveQueue;
  private final NanoClock clock;
  private final BatchListener listener;

  /**
   * @param leaveQueue frees the job's place in the queue, if it still has one
   */
  Ticket(Job<?, O> job, Runnable leaveQueue, NanoClock clock, BatchListener listener) {
    this.job = job;
    this.leaveQueue = leaveQueue;
    this.clock = clock;
    this.listener = listener;
  }

  /**
   * Waits for the result, until the job's deadline at the latest.
   *
   * @return the result; {@link BatchResult.Expired} when the deadline has passed
   * @throws InterruptedException the job goes on; see {@link #cancel()}
   */
  public BatchResult<O> await() throws InterruptedException {
    CompletableFuture<BatchResult<O>> result = job.result();
    while (!result.isDone()) {
      long leftNanos = job.leftNanos(clock.nanoTime());
      if (leftNanos <= 0) {
        expire();
        break;
      }
      try {
        return result.get(leftNanos, TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        // The clock decides, not the wait: the loop asks it again.
      } catch (ExecutionException e) {
        throw new IllegalStateException("results are values, never exceptions", e);
      }
    }
    return result.join();
  }

  /** Whether there is a result, so that {@link #await()} will not wait. */
  public boolean isDone() {
    return job.isDone();
  }

  /**
   * Gives the job up. A queued job leaves the queue at once; one that runs is not interrupted, but
   * its output is dropped.
   *
   * @return whether the job ends as {@link BatchResult.Cancelled}; false if it had already ended
   */
  public boolean cancel() {
    if (!job.complete(new BatchResult.Cancelled<>())) {
      return false;
    }
    leaveQueue.run();
    listener.onCancelled(job.ageNanos(clock.nanoTime()));
    return true;
  }

  private void expire() {
    if (job.complete(new BatchResult.Expired<>())) {
      leaveQueue.run();
      listener.onExpired(job.ageNanos(clock.nanoTime()));
    }
  }
}
