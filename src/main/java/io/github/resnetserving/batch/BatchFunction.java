package io.github.resnetserving.batch;

import java.util.List;

/**
 * What a batch is for. At most as many workers as {@link BatchSettings#concurrency()} call it at
 * the same time; with one it need not be thread-safe, though the calling thread may change from
 * batch to batch.
 *
 * @param <I> a job's input
 * @param <O> a job's output
 */
@FunctionalInterface
public interface BatchFunction<I, O> {

  /**
   * Runs one batch.
   *
   * @param inputs as many as one of the sizes in {@link BatchSettings#sizes()}
   * @return as many outputs, the i-th belonging to the i-th input
   * @throws Exception fails every job of this batch and no other
   */
  List<O> apply(List<I> inputs) throws Exception;

  /**
   * Whether {@link #applySpread} is the faster way for one job while the other workers are idle.
   * Asked for each batch; must return at once.
   */
  default boolean spreads() {
    return false;
  }

  /**
   * Runs one job on the processors of all workers: until it is over no batch starts. Called where
   * {@link #spreads()} says so, when no batch runs and no other job waits.
   *
   * @param inputs one
   * @return as {@link #apply} does
   * @throws Exception fails every job of this batch and no other
   */
  default List<O> applySpread(List<I> inputs) throws Exception {
    return apply(inputs);
  }
}
