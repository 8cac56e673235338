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

  /** Why a helper process ended before its image was done. */
  enum HelperEnd {
    /** It was killed: the image took more time than one of its size may. */
    TIME,
    /** It was killed: the deadline of the request had passed. */
    DEADLINE,
    /** It had no memory left. */
    MEMORY,
    /** It crashed, or was killed by something else. */
    CRASH,
    /** It was killed: what it wrote was no reply. */
    PROTOCOL;

    /** Exit code of a JVM with {@code -XX:+ExitOnOutOfMemoryError}. */
    static final int OUT_OF_MEMORY = 3;
  }
}
