package io.github.resnetserving.models.download;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How long to wait after failures: twice as long each time, and of that a random part between one
 * half and the whole, so that clients that failed together do not come back together.
 */
record Backoff(RetryPolicy patience, RandomGenerator random) {

  private static final int MOST_DOUBLINGS = 20;

  /**
   * What to wait.
   *
   * @param failures in a row, at least 1
   * @param asked what the server asks for; null if it does not
   */
  Duration after(int failures, @Nullable Duration asked) {
    long doubled = patience.first().toMillis() << Math.min(failures - 1, MOST_DOUBLINGS);
    long most = Math.min(doubled, patience.longest().toMillis());
    Duration wait = Duration.ofMillis(Math.round(most * (1 + random.nextDouble()) / 2));
    return asked == null || asked.compareTo(wait) < 0 ? wait : asked;
  }
}
