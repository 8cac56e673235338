package io.github.resnetserving.load;

import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What came of some load.
 *
 * @param seconds from the first request to the last answer
 * @param statuses how many answers had each status; 0 for connections that broke
 * @param responses nanoseconds to each answer with status 200, ascending
 */
@SuppressWarnings("ArrayRecordComponent") // a number a request
public record LoadResult(double seconds, Map<Integer, Integer> statuses, long[] responses) {

  public LoadResult {
    statuses = Collections.unmodifiableMap(new TreeMap<>(statuses));
    responses = responses.clone();
    Arrays.sort(responses);
  }

  /** Answers with another status than 200, and connections that broke. */
  public int failures() {
    return statuses.values().stream().mapToInt(count -> count).sum() - responses.length;
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
