package io.github.resnetserving.batch;

/**
 * A submitted job, seen from outside. Thread-safe.
 *
 * @param <O> the job's output
 */
public sealed interface Ticket<O> permits Job, Job.Decided {

  /**
   * Waits for the result, until the job's deadline at the latest.
   *
   * @return the result; {@link BatchResult.Expired} when the deadline has passed
   * @throws InterruptedException the job goes on; see {@link #cancel()}
   */
  BatchResult<O> await() throws InterruptedException;

  /** Whether there is a result, so that {@link #await()} will not wait. */
  boolean isDone();

  /**
   * Gives the job up. A queued job leaves the queue at once; one that runs is not interrupted, but
   * its output is dropped.
   *
   * @return whether the job ends as {@link BatchResult.Cancelled}; false if it had already ended
   */
  boolean cancel();

  /**
   * Runs something quick once there is a result, on the thread that brings it about, or here and
   * now if there is one. While no thread {@linkplain #await() waits}, a queued job whose deadline
   * has passed ends when a worker next looks at its queue.
   */
  void onDone(Runnable action);
}
