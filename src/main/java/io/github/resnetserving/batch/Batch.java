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
  private final long chargedNanos;
  private long runNanos; // written by the worker before it takes the lock again

  /**
   * @param jobs what to run, may be empty
   * @param expired what the queue gave up when it cut the batch, for the worker to complete
   * @param queueDepth jobs that remained
   * @param chargedNanos what the batch is expected to take
   */
  Batch(
      BatchQueue<I, O> queue,
      List<Job<I, O>> jobs,
      List<Job<I, O>> expired,
      int queueDepth,
      long startNanos,
      long chargedNanos) {
    this.queue = queue;
    this.jobs = jobs;
    this.expired = expired;
    this.queueDepth = queueDepth;
    this.startNanos = startNanos;
    this.chargedNanos = chargedNanos;
  }

  List<Job<I, O>> jobs() {
    return jobs;
  }

  /** What the batch took; 0 until it has run. */
  long runNanos() {
    return runNanos;
  }

  long chargedNanos() {
    return chargedNanos;
  }

  /** What the batch is still expected to take; not negative. */
  long remainingNanos(long now) {
    return Math.max(0, chargedNanos - (now - startNanos));
  }

  /** Runs the function and hands out the results, whatever happens. */
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
      List<O> outputs = queue.function().apply(jobs.stream().map(Job::input).toList());
      runNanos = queue.nanoTime() - startNanos;
      checkCount(outputs, size);
      queue.measured(size, runNanos);
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
