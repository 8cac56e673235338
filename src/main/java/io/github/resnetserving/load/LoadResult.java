package io.github.resnetserving.load;

import java.util.Arrays;

/**
 * What came of some load.
 *
 * @param seconds from the first request to the last answer
 * @param failures answers with another status than 200, and connections that broke
 * @param responses nanoseconds to each answer with status 200, ascending
 */
@SuppressWarnings("ArrayRecordComponent") // a number a request
public record LoadResult(double seconds, int failures, long[] responses) {

  public LoadResult {
    responses = responses.clone();
    Arrays.sort(responses);
  }

  /** Answers with status 200 a second. */
  public double rate() {
    return responses.length / seconds;
  }

  /**
   * The response time that a part of the answers did not exceed, in milliseconds; not a number if
   * there was none.
   *
   * @param part such as 0.99
   */
  public double millis(double part) {
    return responses.length == 0
        ? Double.NaN
        : responses[Math.max(0, (int) Math.ceil(part * responses.length) - 1)] / 1e6;
  }
}
