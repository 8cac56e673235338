package io.github.resnetserving.imageurl;

/** Where an image that is fetched takes its memory from. Used by the thread that fetches. */
public interface Room {

  /**
   * Takes so many bytes before they are allocated.
   *
   * @return whether they were there
   */
  boolean tryTake(long bytes);

  /** Gives back so many bytes of those that were taken. */
  void giveBack(long bytes);
}
