package io.github.resnetserving.sandbox;

/** Why a helper process ended before its image was done. */
public enum HelperEnd {
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
