package io.github.resnetserving.batch;

/**
 * Hears what a {@link BatchQueue} does. Called from submitting threads and from workers, never
 * under a lock, so implementations are thread-safe and quick. An exception of a listener is logged
 * and goes no further.
 *
 * <p>Each of expired, cancelled and shut down is heard as often as tickets end so, and rejected as
 * often as tickets and {@link BatchQueue#admit} and {@link BatchQueue#askAhead} together; all other
 * tickets were in a batch that completed or failed. A job that expires, is cancelled or is shut
 * down while its batch runs counts in the batch's size too.
 */
public interface BatchListener {

  /** A listener that does nothing. */
  BatchListener NONE = new BatchListener() {};

  /** A job left the queue for a batch. */
  default void onJobStarted(long queueNanos) {}

  /** A batch is about to run; {@code queueDepth} jobs remain in the queue. */
  default void onBatchStarted(int size, int queueDepth) {}

  /** A batch gave its outputs. */
  default void onBatchCompleted(int size, long runNanos) {}

  /** The function threw, or returned a wrong number of outputs. */
  default void onBatchFailed(int size, long runNanos, Throwable cause) {}

  /**
   * A job was turned away on arrival, or {@link BatchQueue#admit} or {@link BatchQueue#askAhead}
   * said so.
   */
  default void onRejected(int queueDepth, long estimatedWaitNanos) {}

  /** A job's deadline passed before its output was there. */
  default void onExpired(long ageNanos) {}

  /** A job was cancelled by its submitter. */
  default void onCancelled(long ageNanos) {}

  /** A job came after its queue was closed, or was left over when the drain limit had passed. */
  default void onShutDown(long ageNanos) {}
}
