package io.github.resnetserving.batch;

/** Who goes first in a queue. */
public enum Priority {
  /** Someone waits for the output: before bulk, but for every eighth job that is taken. */
  INTERACTIVE,
  /** Bulk: takes what interactive jobs leave, and one place in eight in any case. */
  BULK
}
