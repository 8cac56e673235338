package io.github.resnetserving.sandbox;

import io.github.resnetserving.sandbox.SandboxListener.HelperEnd;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long a helper may take for an image. What counts is the processor time that it has used,
 * since on a busy machine a helper of low priority gets little of it; only a helper that stands
 * still is judged by the clock.
 *
 * @param budgetNanos processor time that it may use
 * @param wantedNanos time after which the image is no longer wanted, and waiting for the helper
 *     costs more than starting another
 */
record TimeLimit(long budgetNanos, long wantedNanos) {

  /** A helper with the lowest share of a busy processor that is foreseen has used its budget. */
  private static final int PATIENCE = 10;

  private static final long SHORTEST_WAIT_NANOS = 1_000_000;

  /**
   * Whether it is over.
   *
   * @param elapsedNanos time since the image was sent
   * @param usedNanos processor time since then
   * @return why; null as long as it is not
   */
  @Nullable HelperEnd judge(long elapsedNanos, long usedNanos) {
    if (usedNanos >= budgetNanos || elapsedNanos / PATIENCE >= budgetNanos) {
      return HelperEnd.TIME;
    }
    return elapsedNanos >= wantedNanos ? HelperEnd.DEADLINE : null;
  }

  /** When to judge first: no helper has used more than half of its budget by then. */
  long firstLookNanos() {
    return Math.clamp(
        budgetNanos / 2, SHORTEST_WAIT_NANOS, Math.max(SHORTEST_WAIT_NANOS, wantedNanos));
  }

  /** When to judge again: two threads cannot use up what is left much sooner. */
  long nextLookNanos(long elapsedNanos, long usedNanos) {
    long soonest = Math.min((budgetNanos - usedNanos) / 2, wantedNanos - elapsedNanos);
    return Math.max(SHORTEST_WAIT_NANOS, soonest);
  }

  /**
   * Processor time for an image, linear in the larger of its bytes and its pixels.
   *
   * @param base for any image, a fresh helper's compilation included
   * @param each for each byte or pixel
   */
  record TimeBudget(Duration base, Duration each) {

    /**
     * 2 s, and another 1 s for 5 million bytes or pixels: some ten times what the slowest kind of
     * TIFF takes.
     */
    static final TimeBudget DEFAULT = new TimeBudget(Duration.ofSeconds(2), Duration.ofNanos(200));

    /**
     * @param pixels 0 as long as they are not known
     */
    long nanos(long bytes, long pixels) {
      return base.toNanos() + each.toNanos() * Math.max(bytes, pixels);
    }
  }
}
