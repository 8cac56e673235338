package io.github.resnetserving.inference;

import io.github.resnetserving.batch.BatchQueue;
import io.github.resnetserving.batch.BatchResult;
import io.github.resnetserving.batch.Forthcoming;
import io.github.resnetserving.batch.Forthcoming.Admission;
import io.github.resnetserving.batch.Place;
import io.github.resnetserving.batch.Priority;
import io.github.resnetserving.batch.Ticket;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The way of a request's images into a queue of its model.
 *
 * @param <I> what the queue takes
 * @param <O> what it gives
 */
record QueueBinding<I, O>(
    BatchQueue<I, O> queue, Function<Pixels, I> input, Deadline deadline, Priority priority) {

  /** What the queue says to an image that is still to be decoded. */
  sealed interface Entry<O> {

    /**
     * It may come.
     *
     * @param submit queues one of its crops
     * @param ended says that the outputs are there, or that the deadline passed without them
     * @param giveBack gives back the room of crops that do not come; may run more than once
     */
    record Open<O>(Function<Pixels, Ticket<O>> submit, Runnable ended, Runnable giveBack)
        implements Entry<O> {}

    /** There is no room for it, or it would be too late. */
    record Closed<O>(Failure.Overloaded why) implements Entry<O> {}
  }

  /**
   * Asks for room for an image's crops.
   *
   * @param readyNanos see {@link Forthcoming}
   */
  Entry<O> enter(int crops, long readyNanos, boolean alone) {
    return switch (queue.admit(coming(crops, readyNanos, alone))) {
      case Admission.Admitted<I, O>(var place) -> open(place);
      case Admission.Refused<I, O>(var rejected) -> new Entry.Closed<>(overloaded(rejected));
    };
  }

  private Entry<O> open(Place<I, O> place) {
    return new Entry.Open<>(crop -> place.submit(input.apply(crop)), place::ended, place::close);
  }

  /** Asks whether an image of one crop would get room, and takes none. */
  @Nullable Failure ask(long readyNanos, boolean alone) {
    BatchResult.Rejected<O> rejected = queue.askAhead(coming(1, readyNanos, alone));
    return rejected == null ? null : overloaded(rejected);
  }

  private Forthcoming coming(int crops, long readyNanos, boolean alone) {
    return new Forthcoming(crops, deadline.atNanos(), priority, readyNanos, alone);
  }

  private static Failure.Overloaded overloaded(BatchResult.Rejected<?> rejected) {
    return new Failure.Overloaded(Duration.ofNanos(rejected.estimatedWaitNanos()));
  }
}
