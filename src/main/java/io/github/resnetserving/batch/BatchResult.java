package io.github.resnetserving.batch;

/**
 * How a job ended.
 *
 * @param <O> the job's output
 */
public sealed interface BatchResult<O> {

  /**
   * The function gave an output.
   *
   * @param queueNanos from submission until the job's batch ran
   * @param runNanos how long the batch ran
   * @param batchSize jobs in the batch, at least 1
   */
  record Completed<O>(O output, long queueNanos, long runNanos, int batchSize)
      implements BatchResult<O> {}

  /**
   * Turned away on arrival: the queue was full, or its deadline could not be met.
   *
   * @param queueLength jobs that were waiting
   * @param estimatedWaitNanos how long the job would have waited for its output at the measured
   *     service times, so that it may be worth while to ask again after it; 0 while none has been
   *     measured
   */
  record Rejected<O>(int queueLength, long estimatedWaitNanos) implements BatchResult<O> {}

  /** The deadline passed. A job that was still queued never reached the function. */
  record Expired<O>() implements BatchResult<O> {}

  /** {@link Ticket#cancel()} came before the output. */
  record Cancelled<O>() implements BatchResult<O> {}

  /** The batch that the job was in failed. */
  record Failed<O>(Throwable cause) implements BatchResult<O> {}

  /**
   * The queue was closed before the job's turn came, or while it ran and the drain limit passed.
   *
   * @param queue its name
   */
  record ShutDown<O>(String queue) implements BatchResult<O> {}
}
