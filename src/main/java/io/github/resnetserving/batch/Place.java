package io.github.resnetserving.batch;

/**
 * Room in a queue for jobs whose inputs are still being made: those that come later wait behind
 * them. Thread-safe.
 *
 * @param <I> a job's input
 * @param <O> a job's output
 */
public final class Place<I, O> implements AutoCloseable {

  private final BatchQueue<I, O> queue;
  private final Priority priority;
  private final long deadlineNanos;
  private int jobs; // that have not been submitted; guarded by the scheduler's lock

  Place(BatchQueue<I, O> queue, Forthcoming jobs) {
    this.queue = queue;
    this.priority = jobs.priority();
    this.deadlineNanos = jobs.deadlineNanos();
    this.jobs = jobs.jobs();
  }

  /**
   * Submits one of the jobs; never waits for it. It is turned away only if its output is now
   * expected to come too late, without any margin.
   *
   * @return a ticket, which is already done if the job was not accepted
   */
  public Ticket<O> submit(I input) {
    return queue.submit(input, deadlineNanos, priority, this);
  }

  /**
   * Tells the queue that all outputs are there, or that the deadline has passed without them: if
   * many are late, fewer jobs are admitted.
   */
  public void ended() {
    queue.ended(this);
  }

  /** Gives back the room of the jobs that were not submitted; may be called more than once. */
  @Override
  public void close() {
    queue.giveBack(this);
  }

  long deadlineNanos() {
    return deadlineNanos;
  }

  Priority priority() {
    return priority;
  }

  /** Takes one job's room; returns whether there was any. Under the lock. */
  boolean takeOne() {
    if (jobs == 0) {
      return false;
    }
    jobs--;
    return true;
  }

  /** Takes the room of all jobs and returns how many there were. Under the lock. */
  int takeAll() {
    int rest = jobs;
    jobs = 0;
    return rest;
  }
}
