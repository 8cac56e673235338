package io.github.resnetserving.inference;

import org.jspecify.annotations.Nullable;

/** One image's decoding, as a {@link DecodeQueue} knows it. Thread-safe. */
interface DecodeTask extends Runnable {

  /** Bytes of the encoded image, from which its cost is estimated. */
  int encodedBytes();

  /** When the image's answer is wanted. */
  Deadline deadline();

  /**
   * Asks what comes after decoding for room. Called once, under the decode queue's lock.
   *
   * @param readyNanos how long it is expected to take until the image is decoded, margins included
   * @param alone whether no image is in front of it
   * @return why there is none; null if there is
   */
  @Nullable Failure admit(long readyNanos, boolean alone);

  /**
   * Whether there is still something to decode; a task whose deadline has passed ends here. Called
   * under the decode queue's lock.
   */
  boolean begin();
}
