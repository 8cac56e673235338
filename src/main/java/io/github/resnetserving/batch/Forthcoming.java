package io.github.resnetserving.batch;

/**
 * Jobs whose inputs are still being made.
 *
 * @param jobs how many, at least 1
 * @param deadlineNanos the reading of the scheduler's clock by which their outputs are wanted
 * @param readyNanos how long it is expected to take from now until they can be submitted, and what
 *     happens to their outputs before they are of use, margins included; not negative
 * @param alone whether nothing is in front of them where their inputs are made
 */
public record Forthcoming(
    int jobs, long deadlineNanos, Priority priority, long readyNanos, boolean alone) {

  public Forthcoming {
    if (jobs < 1 || readyNanos < 0) {
      throw new IllegalArgumentException(
          "there are %d jobs, ready in %d ns: there must be one, and no time is negative"
              .formatted(jobs, readyNanos));
    }
  }

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
}
