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
   * @param estimatedWaitNanos how long those take at the measured service time; 0 while none has
   *     been measured
   */
  record Rejected<O>(int queueLength, long estimatedWaitNanos) implements BatchResult<O> {}

  /** The deadline passed. A job that was still queued never reached the function. */
  record Expired<O>() implements BatchResult<O> {}

  /** {@link Ticket#cancel()} came before the output. */
  record Cancelled<O>() implements BatchResult<O> {}

  /** The batch that the job was in failed. */
  record Failed<O>(Throwable cause) implements BatchResult<O> {}

  /**
   * The executor was closed before the job's turn came.
   *
   * @param executor its name
   */
  record ShutDown<O>(String executor) implements BatchResult<O> {}
}
