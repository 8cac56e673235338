package io.github.resnetserving.batch;

/**
 * A clock for durations. Its origin is arbitrary and it may wrap around, so readings are compared
 * by subtraction only. Implementations are safe for use by many threads.
 */
@FunctionalInterface
public interface NanoClock {

  /** The current reading, in nanoseconds. */
  long nanoTime();

  /** The clock of the machine. */
  static NanoClock system() {
    return System::nanoTime;
  }
}
