package io.github.resnetserving.batch;

/**
 * What a {@link BatchQueue} says to jobs whose inputs are still being made.
 *
 * @param <I> a job's input
 * @param <O> a job's output
 */
public sealed interface Admission<I, O> {

  /** They may come. */
  record Admitted<I, O>(Place<I, O> place) implements Admission<I, O> {}

  /** They would be too late, or there is no room. */
  record Refused<I, O>(BatchResult.Rejected<O> why) implements Admission<I, O> {}
}
