package io.github.resnetserving.inference;

import io.github.resnetserving.batch.BatchQueue;
import io.github.resnetserving.batch.BatchResult;
import io.github.resnetserving.batch.Priority;
import io.github.resnetserving.batch.Ticket;
import io.github.resnetserving.model.Pixels;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The way of a request's pictures into a queue of its model.
 *
 * @param <I> what the queue takes
 * @param <O> what it gives
 */
record Lane<I, O>(
    BatchQueue<I, O> queue, Function<Pixels, I> input, Deadline deadline, Priority priority) {

  Ticket<O> submit(Pixels crop) {
    return queue.submit(input.apply(crop), deadline.atNanos(), priority);
  }

  /** Why a picture would be turned away now, so that it need not be decoded for that; or null. */
  @Nullable Failure askAhead() {
    BatchResult.Rejected<O> rejected = queue.askAhead(deadline.atNanos(), priority);
    return rejected == null
        ? null
        : new Failure.Overloaded(Duration.ofNanos(rejected.estimatedWaitNanos()));
  }
}
