package io.github.resnetserving.batch;

import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * One submitted input and the one place where its result is decided. Thread-safe: whoever completes
 * it first wins, everyone else is told so.
 */
final class Job<I, O> {

  private final I input;
  private final long enqueuedNanos;
  private final long deadlineNanos;
  private final Set<Job<I, O>> open; // every job that has no result yet; a concurrent set
  private final CompletableFuture<BatchResult<O>> result = new CompletableFuture<>();

  private Job(I input, long enqueuedNanos, long deadlineNanos, Set<Job<I, O>> open) {
    this.input = input;
    this.enqueuedNanos = enqueuedNanos;
    this.deadlineNanos = deadlineNanos;
    this.open = open;
  }

  /** Makes a job and enters it among the open ones. */
  static <I, O> Job<I, O> open(
      I input, long enqueuedNanos, long deadlineNanos, Set<Job<I, O>> open) {
    Job<I, O> job = new Job<>(input, enqueuedNanos, deadlineNanos, open);
    open.add(job);
    return job;
  }

  I input() {
    return input;
  }

  long ageNanos(long now) {
    return now - enqueuedNanos;
  }

  /** Time left until the deadline; zero or negative once it has passed. */
  long leftNanos(long now) {
    return deadlineNanos - now;
  }

  boolean isDone() {
    return result.isDone();
  }

  /** Returns whether this call decided the result. */
  boolean complete(BatchResult<O> outcome) {
    open.remove(this);
    return result.complete(outcome);
  }

  CompletableFuture<BatchResult<O>> result() {
    return result;
  }
}
