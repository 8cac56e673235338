package io.github.resnetserving.batch;

import java.util.List;

/**
 * What a batch is for. Each worker thread calls it from that one thread only, so with one worker it
 * need not be thread-safe.
 *
 * @param <I> a job's input
 * @param <O> a job's output
 */
@FunctionalInterface
public interface BatchFunction<I, O> {

  /**
   * Runs one batch.
   *
   * @param inputs between one and the configured maximum, in the order they were submitted
   * @return as many outputs, the i-th belonging to the i-th input
   * @throws Exception fails every job of this batch and no other
   */
  List<O> apply(List<I> inputs) throws Exception;
}
