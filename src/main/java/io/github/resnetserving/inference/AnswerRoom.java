package io.github.resnetserving.inference;

/** What a request takes the memory for its answer from, before the answer is computed. */
@FunctionalInterface
public interface AnswerRoom {

  /** Gives everything, for callers that have the process for themselves. */
  AnswerRoom UNLIMITED = _ -> true;

  /**
   * Takes so many bytes, until the answer is no longer needed; may wait for them.
   *
   * @return whether they were there
   */
  boolean tryTakeAnswer(long bytes) throws InterruptedException;

  /** The most that one request may have. */
  default long most() {
    return Long.MAX_VALUE;
  }
}
