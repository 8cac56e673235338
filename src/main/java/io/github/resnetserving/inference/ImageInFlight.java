package io.github.resnetserving.inference;

import io.github.resnetserving.inference.PendingImage.Result;
import io.github.resnetserving.inference.Reuse.Source;

/**
 * One image of a request that is under way.
 *
 * @param <O> what the network gives for one crop
 */
interface ImageInFlight<O> {

  /** Waits for the result, until the deadline at the latest. */
  Result<O> await() throws InterruptedException;

  /** Gives the image up, wherever it is; does nothing to one that has its result. */
  void cancel();

  /** Where its outputs came from; to be asked after {@link #await()}. */
  default Source source() {
    return Source.COMPUTED;
  }

  /** Nanoseconds since they were computed; 0 where that was not before the request. */
  default long ageNanos() {
    return 0;
  }
}
