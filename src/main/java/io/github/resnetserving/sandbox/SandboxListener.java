package io.github.resnetserving.sandbox;

/** Hears what becomes of helper processes, on the threads that use them. Thread-safe. */
public interface SandboxListener {

  /** A listener that does nothing. */
  SandboxListener NONE = new SandboxListener() {};

  /**
   * A helper has started.
   *
   * @param nanos how long that took
   */
  default void onStarted(long nanos) {}

  /** A helper could not be started. */
  default void onStartFailed() {}

  /** A helper has ended while it had an image. */
  default void onEnded(HelperEnd end) {}

  /** A helper has replied: with crops, or with what is wrong with the image. */
  default void onReplied() {}
}
