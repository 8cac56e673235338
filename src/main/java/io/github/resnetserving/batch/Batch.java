package io.github.resnetserving.batch;

import java.util.List;
import java.util.Objects;

/**
 * Jobs that run together. Made under the scheduler's lock; {@link #run} belongs to one worker and
 * holds no lock while the function or a listener runs.
 */
final class Batch<I, O> {

  private final BatchQueue<I, O> queue;
  private final List<Job<I, O>> jobs;
  private final List<Job<I, O>> expired;
  private final int queueDepth;
  private final long startNanos;
  private final long expectedNanos;
  private final int workers;
  private long runNanos; // written by the worker before it takes the lock again

  /**
   * @param jobs what to run, may be empty
   * @param expired what the queue gave up when it cut the batch, for the worker to complete
   * @param queueDepth jobs that remained
   * @param expectedNanos what the batch is expected to take
   * @param workers whose processors it has: 1, or more if it is spread over all of them
   */
  Batch(
      BatchQueue<I, O> queue,
      List<Job<I, O>> jobs,
      List<Job<I, O>> expired,
      int queueDepth,
      long startNanos,
      long expectedNanos,
      int workers) {
    this.queue = queue;
    this.jobs = jobs;
    this.expired = expired;
    this.queueDepth = queueDepth;
    this.startNanos = startNanos;
    this.expectedNanos = expectedNanos;
    this.workers = workers;
  }

  List<Job<I, O>> jobs() {
    return jobs;
  }

  boolean isSpread() {
    return workers > 1;
  }

  /**
   * What the batch took of the workers' time, as far as it can be the batch's doing; 0 until it has
   * run.
   */
  long usedNanos() {
    return SmoothedTime.plausible(runNanos, expectedNanos) * workers;
  }

  /** What the batch is expected to take of the workers' time. */
  long chargedNanos() {
    return expectedNanos * workers;
  }

  /** What the batch is still expected to take of the workers' time; not negative. */
  long remainingNanos(long now) {
    return untilDoneNanos(now) * workers;
  }

  /** How long the batch is still expected to run; not negative. */
  long untilDoneNanos(long now) {
    return Math.max(0, expectedNanos - (now - startNanos));
  }

  /** Runs the function and completes every job, also when the function throws. */
  void run() {
    BatchListener listener = queue.listener();
    expired.forEach(queue::completeExpired);
    if (jobs.isEmpty()) {
      return;
    }
    int size = jobs.size();
    jobs.forEach(job -> listener.onJobStarted(job.ageNanos(startNanos)));
    listener.onBatchStarted(size, queueDepth);
    try {
      List<I> inputs = jobs.stream().map(Job::input).toList();
      BatchFunction<I, O> function = queue.function();
      List<O> outputs = isSpread() ? function.applySpread(inputs) : function.apply(inputs);
      runNanos = queue.nanoTime() - startNanos;
      checkCount(outputs, size);
      queue.measured(size, runNanos, isSpread());
      for (int i = 0; i < size; i++) {
        Job<I, O> job = jobs.get(i);
        long queueNanos = job.ageNanos(startNanos);
        job.complete(new BatchResult.Completed<>(outputs.get(i), queueNanos, runNanos, size));
      }
      listener.onBatchCompleted(size, runNanos);
    } catch (Throwable e) { // a linkage error must fail its batch too, not silence the worker
      runNanos = queue.nanoTime() - startNanos;
      jobs.forEach(job -> job.complete(new BatchResult.Failed<>(e)));
      listener.onBatchFailed(size, runNanos, e);
    }
    Thread.interrupted(); // a leftover of the function's, which is none of the next one's business
  }

  /** Tells the queue that everything is done. Under the lock. */
  void finished() {
    queue.finished(this);
  }

  private static void checkCount(List<?> outputs, int size) {
    if (outputs.size() != size) {
      throw new IllegalStateException(
          "the function returned %d outputs for %d inputs: it must return one for each"
              .formatted(outputs.size(), size));
    }
    outputs.forEach(Objects::requireNonNull);
  }
}
