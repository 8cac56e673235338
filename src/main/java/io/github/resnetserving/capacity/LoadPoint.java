package io.github.resnetserving.capacity;

import io.github.resnetserving.inference.SimulatedPipeline.End;
import java.util.List;

/**
 * What one process makes of a load, as simulated. Immutable.
 *
 * @param rate requests a second that come
 * @param p50 milliseconds that half of the answers do not exceed; not a number without answers
 * @param p95 likewise
 * @param p99 likewise
 * @param meanBatch images a batch
 * @param utilisation share of the time in which the processors are busy
 * @param queueMillis mean time that an image waits for its batch
 * @param goodput answers in time, a second
 * @param refused share of the requests that are answered 429
 */
public record LoadPoint(
    double rate,
    double p50,
    double p95,
    double p99,
    double meanBatch,
    double utilisation,
    double queueMillis,
    double goodput,
    double refused) {

  /** The first requests find an empty machine, and do not count: one in so many. */
  private static final int FILLING = 10;

  /** Requests that are under way at a time when there is always one more. */
  public static final int CONNECTIONS = 64;

  /**
   * What becomes of requests that come at random.
   *
   * @param rate requests a second
   * @param requests how many, at least 10
   */
  public static LoadPoint at(double rate, ProcessModel model, int requests, long seed) {
    ProcessSimulation simulation = new ProcessSimulation(model, seed);
    List<SimulatedRequest> all = simulation.open(rate, requests);
    return of(rate, simulation, all, model);
  }

  /** Answers a second while there is always one more request, as {@code bench http} measures it. */
  public static double capacity(ProcessModel model, int requests, long seed) {
    ProcessSimulation simulation = new ProcessSimulation(model, seed);
    List<SimulatedRequest> all = simulation.closed(CONNECTIONS, requests);
    List<SimulatedRequest> counted = all.subList(all.size() / FILLING, all.size());
    double nanos = counted.getLast().atNanos() - counted.getFirst().atNanos();
    return counted.stream().filter(SimulatedRequest::isAnswered).count() * 1e9 / nanos;
  }

  private static LoadPoint of(
      double rate, ProcessSimulation simulation, List<SimulatedRequest> all, ProcessModel model) {
    List<SimulatedRequest> counted = all.subList(all.size() / FILLING, all.size());
    double[] millis =
        counted.stream()
            .filter(SimulatedRequest::isAnswered)
            .mapToDouble(arrival -> arrival.responseNanos() / 1e6)
            .sorted()
            .toArray();
    double queueNanos =
        counted.stream()
            .map(SimulatedRequest::end)
            .filter(End.Answered.class::isInstance)
            .mapToLong(end -> ((End.Answered) end).queueNanos())
            .average()
            .orElse(0);
    double seconds = counted.size() / rate;
    long inTime = counted.stream().filter(each -> each.isInTime(model.deadline())).count();
    long refused = counted.stream().filter(each -> !each.isAccepted()).count();
    return new LoadPoint(
        rate,
        quantile(millis, 0.5),
        quantile(millis, 0.95),
        quantile(millis, 0.99),
        simulation.meanBatch(),
        simulation.utilisation(),
        queueNanos / 1e6,
        inTime / seconds,
        (double) refused / counted.size());
  }

  /** The value that a part of the ascending values does not exceed. */
  private static double quantile(double[] sorted, double part) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)];
  }

  /** Whether 99 of 100 requests are answered, within a time. */
  boolean keeps(double p99Millis) {
    return p99 <= p99Millis && refused < 0.01;
  }

  /** Kleinrock's power: how much is answered, over how long the slowest hundredth takes. */
  double power() {
    return goodput / p99;
  }
}
