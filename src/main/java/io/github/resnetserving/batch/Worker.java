package io.github.resnetserving.batch;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The loop of one worker thread: open a batch with the first job, fill it, run it, hand out the
 * results. It ends when the queue is closed and empty, and for nothing else.
 */
final class Worker<I, O> implements Runnable {

  private final JobQueue<Job<I, O>> queue;
  private final BatchFunction<I, O> function;
  private final int maxBatch;
  private final long maxDelayNanos;
  private final NanoClock clock;
  private final ServiceTime serviceTime;
  private final BatchListener listener;

  Worker(
      JobQueue<Job<I, O>> queue,
      BatchFunction<I, O> function,
      BatchSettings settings,
      NanoClock clock,
      ServiceTime serviceTime,
      BatchListener listener) {
    this.queue = queue;
    this.function = function;
    this.maxBatch = settings.maxBatch();
    this.maxDelayNanos = settings.maxDelay().toNanos();
    this.clock = clock;
    this.serviceTime = serviceTime;
    this.listener = listener;
  }

  @Override
  public void run() {
    while (true) {
      Job<I, O> first = takeFirst();
      if (first == null) {
        return;
      }
      List<Job<I, O>> batch = new ArrayList<>(maxBatch);
      batch.add(first);
      fill(batch);
      List<Job<I, O>> live = withoutDead(batch);
      if (!live.isEmpty()) {
        runBatch(live);
      }
    }
  }

  /** The next job that is worth opening a batch for; null at the end. */
  private @Nullable Job<I, O> takeFirst() {
    while (true) {
      try {
        Job<I, O> job = queue.take();
        if (job == null || isLive(job)) {
          return job;
        }
      } catch (InterruptedException e) {
        // Closing the queue is what ends a worker; an interrupt is a leftover of the function's.
      }
    }
  }

  private void fill(List<Job<I, O>> batch) {
    long now = clock.nanoTime();
    long latestStart = now - batch.getFirst().ageNanos(now) + maxDelayNanos;
    while (batch.size() < maxBatch) {
      try {
        Job<I, O> job = queue.takeBefore(latestStart);
        if (job == null) {
          return;
        }
        if (isLive(job)) {
          batch.add(job);
        }
      } catch (InterruptedException e) {
        return; // no reason to wait longer, none to drop what there is
      }
    }
  }

  private List<Job<I, O>> withoutDead(List<Job<I, O>> batch) {
    return batch.stream().filter(this::isLive).toList();
  }

  /** Whether a job still wants its output; expires it if its deadline has passed. */
  private boolean isLive(Job<I, O> job) {
    long now = clock.nanoTime();
    if (job.leftNanos(now) <= 0 && job.complete(new BatchResult.Expired<>())) {
      listener.onExpired(job.ageNanos(now));
    }
    return !job.isDone();
  }

  private void runBatch(List<Job<I, O>> batch) {
    int size = batch.size();
    long started = clock.nanoTime();
    batch.forEach(job -> listener.onJobStarted(job.ageNanos(started)));
    listener.onBatchStarted(size, queue.size());
    try {
      List<O> outputs = function.apply(batch.stream().map(Job::input).toList());
      long runNanos = clock.nanoTime() - started;
      checkCount(outputs, size);
      serviceTime.record(runNanos, size);
      for (int i = 0; i < size; i++) {
        Job<I, O> job = batch.get(i);
        long queueNanos = job.ageNanos(started);
        job.complete(new BatchResult.Completed<>(outputs.get(i), queueNanos, runNanos, size));
      }
      listener.onBatchCompleted(size, runNanos);
    } catch (Throwable e) { // a linkage error must fail its batch too, not silence the worker
      long runNanos = clock.nanoTime() - started;
      batch.forEach(job -> job.complete(new BatchResult.Failed<>(e)));
      listener.onBatchFailed(size, runNanos, e);
    }
  }

  private static void checkCount(List<?> outputs, int size) {
    if (outputs.size() != size) {
      throw new IllegalStateException(
          "the function returned %d outputs for %d inputs".formatted(outputs.size(), size));
    }
    outputs.forEach(Objects::requireNonNull);
  }
}
