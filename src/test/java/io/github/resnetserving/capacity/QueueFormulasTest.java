package io.github.resnetserving.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Without decoding and with batches of one the simulation is a queue of the textbooks. */
class QueueFormulasTest {

  private static final double SERVICE_MILLIS = 10;
  private static final int REQUESTS = 40_000;
  private static final int RUNS = 16;

  /**
   * Student's t for 15 degrees of freedom, two-sided, 99.9 %: it fails once in a thousand seeds.
   */
  private static final double T = 4.073;

  /** Mean waits of independent runs, and how far their mean may be from the truth. */
  private record Interval(double mean, double half) {

    static Interval of(ProcessModel model, double rate) {
      double[] waits =
          IntStream.range(0, RUNS).mapToDouble(run -> meanWait(model, rate, run)).toArray();
      double mean = IntStream.range(0, RUNS).mapToDouble(i -> waits[i]).average().orElseThrow();
      double squares =
          IntStream.range(0, RUNS).mapToDouble(i -> Math.pow(waits[i] - mean, 2)).sum();
      return new Interval(mean, T * Math.sqrt(squares / (RUNS - 1) / RUNS));
    }

    private static double meanWait(ProcessModel model, double rate, long seed) {
      List<SimulatedRequest> all = new ProcessSimulation(model, seed).open(rate, REQUESTS);
      return all.subList(REQUESTS / 10, REQUESTS).stream()
              .mapToDouble(arrival -> arrival.responseNanos() / 1e6)
              .average()
              .orElseThrow()
          - SERVICE_MILLIS;
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.3, 0.5, 0.7, 0.85})
  void aQueueWithExponentialServiceTimesWaitsAsInPollaczekAndKhinchin(double load) {
    ProcessModel model =
        Models.computing(1, 1, _ -> random -> -SERVICE_MILLIS * Math.log(1 - random.nextDouble()));

    Interval wait = Interval.of(model, 1000 * load / SERVICE_MILLIS);

    assertThat(wait.mean())
        .isCloseTo(load / (1 - load) * SERVICE_MILLIS, Offset.offset(wait.half()));
    assertThat(wait.half() / wait.mean()).as("the interval is narrow").isLessThan(0.15);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.3, 0.5, 0.7, 0.85})
  void aQueueWithConstantServiceTimesWaitsHalfAsLong(double load) {
    ProcessModel model = Models.computing(1, 1, _ -> Times.always(SERVICE_MILLIS));

    Interval wait = Interval.of(model, 1000 * load / SERVICE_MILLIS);

    assertThat(wait.mean())
        .isCloseTo(load / (1 - load) * SERVICE_MILLIS / 2, Offset.offset(wait.half()));
    assertThat(wait.half() / wait.mean()).as("the interval is narrow").isLessThan(0.15);
  }
}
