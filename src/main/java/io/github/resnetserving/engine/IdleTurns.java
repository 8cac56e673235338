package io.github.resnetserving.engine;

import io.github.resnetserving.batch.NanoClock;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Lets work go on while nobody is served: it asks for a turn before each piece. Pieces that come up
 * while others are served have a budget of time together, so that a little work is done under load,
 * too; when it is spent, the work waits. Used by one thread.
 */
public final class IdleTurns {

  /** How long nobody must have been served. */
  private static final Duration QUIET = Duration.ofMillis(200);

  private static final Duration BUDGET = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final Supplier<Duration> idle;
  private final Pause pause;
  private final NanoClock clock;
  private long left = BUDGET.toNanos();
  private long since;
  private boolean disturbs;

  /** How the work waits. */
  @FunctionalInterface
  public interface Pause {
    void sleep(Duration time) throws InterruptedException;
  }

  /**
   * @param idle how long nobody has been served; zero while somebody is
   */
  IdleTurns(Supplier<Duration> idle, Pause pause, NanoClock clock) {
    this.idle = idle;
    this.pause = pause;
    this.clock = clock;
  }

  /** For work beside which nobody is served. */
  static IdleTurns always() {
    return new IdleTurns(() -> QUIET, Thread::sleep, NanoClock.system());
  }

  /**
   * Waits for the next turn, which lasts until the next call.
   *
   * @throws InterruptedIOException if the thread is interrupted while it waits
   */
  void next() throws InterruptedIOException {
    long now = clock.nanoTime();
    if (disturbs) {
      left -= now - since;
    }
    while (!isQuiet() && left <= 0) {
      try {
        pause.sleep(PAUSE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("stopped while plans were measured");
      }
    }
    disturbs = !isQuiet();
    since = clock.nanoTime();
  }

  private boolean isQuiet() {
    return idle.get().compareTo(QUIET) >= 0;
  }
}
