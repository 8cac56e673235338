package io.github.resnetserving.batch;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Jobs in the order they came, linked through themselves, so that one in the middle leaves in
 * constant time. Guarded by the scheduler's lock.
 */
final class JobList<I, O> {

  private @Nullable Job<I, O> first;
  private @Nullable Job<I, O> last;
  private int size;

  int size() {
    return size;
  }

  void add(Job<I, O> job) {
    job.linked = true;
    job.previous = last;
    if (last == null) {
      first = job;
    } else {
      last.next = job;
    }
    last = job;
    size++;
  }

  void remove(Job<I, O> job) {
    Job<I, O> previous = job.previous;
    Job<I, O> next = job.next;
    if (previous == null) {
      first = next;
    } else {
      previous.next = next;
    }
    if (next == null) {
      last = previous;
    } else {
      next.previous = previous;
    }
    job.previous = null;
    job.next = null;
    job.linked = false;
    size--;
  }

  @Nullable Job<I, O> poll() {
    Job<I, O> job = first;
    if (job != null) {
      remove(job);
    }
    return job;
  }

  /** Visits every job; the action may remove the one it is given. */
  void forEach(Consumer<Job<I, O>> action) {
    Job<I, O> job = first;
    while (job != null) {
      Job<I, O> next = job.next;
      action.accept(job);
      job = next;
    }
  }
}
