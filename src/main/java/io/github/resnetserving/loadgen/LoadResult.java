package io.github.resnetserving.loadgen;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What came of some load.
 *
 * @param seconds from the first request to the last answer
 * @param statuses how many answers had each status; 0 for connections that broke
 * @param responses nanoseconds from when a request was meant to come to its answer, of each answer
 *     with status 200, ascending
 * @param served nanoseconds from when a request was sent to its answer, of the same, ascending
 * @param others how many answers to the other bodies had each status
 */
@SuppressWarnings("ArrayRecordComponent") // a number a request
public record LoadResult(
    double seconds,
    Map<Integer, Integer> statuses,
    long[] responses,
    long[] served,
    Map<Integer, Integer> others) {

  private static final int OK = 200;

  public LoadResult {
    statuses = Collections.unmodifiableMap(new TreeMap<>(statuses));
    others = Collections.unmodifiableMap(new TreeMap<>(others));
    responses = responses.clone();
    served = served.clone();
    Arrays.sort(responses);
    Arrays.sort(served);
  }

  static LoadResult of(double seconds, List<Response> replies, List<Response> others) {
    List<Response> answered = replies.stream().filter(reply -> reply.status() == OK).toList();
    return new LoadResult(
        seconds,
        counts(replies),
        answered.stream().mapToLong(Response::nanos).toArray(),
        answered.stream().mapToLong(Response::sentNanos).toArray(),
        counts(others));
  }

  private static Map<Integer, Integer> counts(List<Response> replies) {
    return replies.stream().collect(Collectors.toMap(Response::status, _ -> 1, Integer::sum));
  }

  /** Requests, without the other bodies. */
  public int offered() {
    return statuses.values().stream().mapToInt(count -> count).sum();
  }

  /** Answers with another status than 200, and connections that broke. */
  public int failures() {
    return offered() - responses.length;
  }

  /**
   * Itself, where each request was answered with status 200.
   *
   * @param url where they went
   * @throws IOException otherwise; the message says how they were answered
   */
  public LoadResult allAnswered(URI url) throws IOException {
    if (failures() > 0 || offered() == 0) {
      throw new IOException("%s answered by status: %s. Each must be 200".formatted(url, statuses));
    }
    return this;
  }

  /** Answers with status 200 a second. */
  public double rate() {
    return responses.length / seconds;
  }

  /** Requests that were not refused by a status between 400 and 499. */
  public int accepted() {
    return statuses.entrySet().stream()
        .filter(status -> status.getKey() < 400 || status.getKey() >= 500)
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  /**
   * Answers with status 200 that came within a deadline. It counts from when the request was sent:
   * that a client on a busy machine sends late is nothing that a server could make up for.
   */
  public int inTime(Duration deadline) {
    return (int) Arrays.stream(served).filter(nanos -> nanos <= deadline.toNanos()).count();
  }

  /** How many answers had a status. */
  public int count(int status) {
    return statuses.getOrDefault(status, 0);
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

  /**
   * What came of one request.
   *
   * @param status 0 where the connection broke
   * @param nanos since the request was meant to come
   * @param sentNanos since it was sent
   */
  record Response(int status, long nanos, long sentNanos) {}
}
