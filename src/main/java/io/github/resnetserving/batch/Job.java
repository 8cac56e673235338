package io.github.resnetserving.batch;

import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One accepted input and the one place where its result is decided: the thread that completes it
 * first wins, everyone else is told so. Thread-safe.
 *
 * <p>A job that is linked into a queue has no result: a thread that ends it unlinks it first, under
 * the scheduler's lock. So a batch that is cut holds live jobs only, and has exactly the size it
 * was cut at.
 */
final class Job<I, O> implements Ticket<O> {

  private static final System.Logger LOG = System.getLogger(BatchQueue.class.getName());

  private final BatchQueue<I, O> queue;
  private final I input;
  private final Priority priority;
  private final long enqueuedNanos;
  private final long deadlineNanos;
  private final long latestStartNanos;
  private final CompletableFuture<BatchResult<O>> result = new CompletableFuture<>();

  // The list that the job waits in: guarded by the scheduler's lock.
  @Nullable Job<I, O> previous;
  @Nullable Job<I, O> next;
  boolean linked;

  /**
   * @param latestStartNanos when the job's batch starts even if it is not full
   */
  Job(
      BatchQueue<I, O> queue,
      I input,
      Priority priority,
      long enqueuedNanos,
      long deadlineNanos,
      long latestStartNanos) {
    this.queue = queue;
    this.input = input;
    this.priority = priority;
    this.enqueuedNanos = enqueuedNanos;
    this.deadlineNanos = deadlineNanos;
    this.latestStartNanos = latestStartNanos;
  }

  I input() {
    return input;
  }

  Priority priority() {
    return priority;
  }

  long deadlineNanos() {
    return deadlineNanos;
  }

  long latestStartNanos() {
    return latestStartNanos;
  }

  /** The time that it had when it came. */
  long leftNanos() {
    return deadlineNanos - enqueuedNanos;
  }

  long ageNanos(long now) {
    return now - enqueuedNanos;
  }

  /** Returns whether this call decided the result. */
  boolean complete(BatchResult<O> outcome) {
    return result.complete(outcome);
  }

  @Override
  public BatchResult<O> await() throws InterruptedException {
    while (!result.isDone()) {
      long leftNanos = deadlineNanos - queue.nanoTime();
      if (leftNanos <= 0) {
        queue.expire(this);
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

  @Override
  public boolean isDone() {
    return result.isDone();
  }

  @Override
  public boolean cancel() {
    return !result.isDone() && queue.cancel(this);
  }

  @Override
  public void onDone(Runnable action) {
    var _ = // its failure is logged
        result.thenRun(() -> {
          try {
            action.run();
          } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, "what should run after a job failed", e);
          }
        });
  }

  /** The ticket of a job that was not accepted. Immutable. */
  record Decided<O>(BatchResult<O> result) implements Ticket<O> {

    @Override
    public BatchResult<O> await() {
      return result;
    }

    @Override
    public boolean isDone() {
      return true;
    }

    @Override
    public boolean cancel() {
      return false;
    }

    @Override
    public void onDone(Runnable action) {
      action.run();
    }
  }
}
