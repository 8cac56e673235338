package io.github.resnetserving.models.download;

import java.time.Duration;

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
}
