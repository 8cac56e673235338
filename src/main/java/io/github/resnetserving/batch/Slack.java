package io.github.resnetserving.batch;

/**
 * Time that is kept free before a deadline, besides the margins of the estimate, so that all but
 * one in 150 outputs of admitted jobs are in time: each late one makes it longer, and each one that
 * is in time a little shorter (stochastic approximation of a quantile, Robbins and Monro 1951). It
 * covers what the estimate knows nothing of, such as other programs on the same processors.
 * Thread-safe.
 */
final class Slack {

  /** The share of outputs that may be late. */
  private static final double LATE = 1.0 / 150;

  private static final long STEP_NANOS = 10_000_000;

  /**
   * At most this part of the time that is left is kept free: requests that are late on purpose
   * shall not shut out the rest.
   */
  private static final int MOST = 3;

  private double nanos; // guarded by this

  /** Takes note of an output of an admitted job, or of its deadline passing without it. */
  synchronized void record(boolean late) {
    nanos = Math.max(0, nanos + STEP_NANOS * (late ? 1 - LATE : -LATE));
  }

  /** How much of the time that is left to keep free. */
  synchronized long within(long leftNanos) {
    return (long) Math.min(nanos, (double) leftNanos / MOST);
  }
}
