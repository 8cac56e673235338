package io.github.resnetserving.models.download;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How long to wait for a server, and how often.
 *
 * @param connect until a connection is there
 * @param stall until an answer begins, and between two pieces of it
 * @param attempts in a row that bring nothing new, before giving up
 * @param first what to wait after the first failure; doubled after each further one
 * @param longest what to wait at most, also when the server asks for more
 */
record RetryPolicy(
    Duration connect, Duration stall, int attempts, Duration first, Duration longest) {

  static final RetryPolicy USUAL =
      new RetryPolicy(
          Duration.ofSeconds(15),
          Duration.ofSeconds(30),
          /* attempts= */ 6,
          Duration.ofSeconds(1),
          Duration.ofMinutes(2));

  private static final int MOST_DOUBLINGS = 20;

  /**
   * How long to wait after failures: twice as long each time, and of that a random part between one
   * half and the whole, so that clients that failed together do not come back together.
   *
   * @param failures in a row, at least 1
   * @param asked what the server asks for; null if it does not
   */
  Duration wait(int failures, @Nullable Duration asked, RandomGenerator random) {
    long doubled = first.toMillis() << Math.min(failures - 1, MOST_DOUBLINGS);
    long most = Math.min(doubled, longest.toMillis());
    Duration wait = Duration.ofMillis(Math.round(most * (1 + random.nextDouble()) / 2));
    return asked == null || asked.compareTo(wait) < 0 ? wait : asked;
  }
}
