package io.github.resnetserving.rest.request;

import io.github.resnetserving.inference.Deadline;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The parameter {@code deadline_ms}, which means the same at every front door. */
public final class RequestDeadline {

  /** The longest deadline that a request may ask for, in milliseconds. */
  public static final long LONGEST_MS = 600_000;

  private RequestDeadline() {}

  /**
   * When an answer is wanted.
   *
   * @param arrivalNanos when the request's headers had arrived
   * @param given the parameter's value; null where there is none
   * @param unlessGiven how long the request may take in that case
   * @throws RequestException if the value is not between 1 and {@link #LONGEST_MS}
   */
  public static Deadline of(long arrivalNanos, @Nullable Long given, Duration unlessGiven) {
    if (given != null && (given < 1 || given > LONGEST_MS)) {
      throw RequestException.malformed(
          "deadline_ms is %d: it must be a whole number between 1 and %d."
              .formatted(given, LONGEST_MS));
    }
    return new Deadline(arrivalNanos, given == null ? unlessGiven : Duration.ofMillis(given));
  }

  /** The longest deadline that may be asked for, until it is known which one is. */
  public static Deadline longest(long arrivalNanos) {
    return new Deadline(arrivalNanos, Duration.ofMillis(LONGEST_MS));
  }
}
