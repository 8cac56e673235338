package io.github.resnetserving.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.capacity.ProcessModel.Image;
import io.github.resnetserving.capacity.ProcessModel.Request;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A second of calm, twelve of overload, and calm again, without noise: what is accepted is in time,
 * the processors do useful work, and afterwards nothing is left of it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS) // each overload is simulated once for all tests
class OverloadSimulationTest {

  private static final Duration DEADLINE = Duration.ofMillis(500);
  private static final int SECONDS = 12; // of overload, after one of calm
  private static final double CALM = 0.2; // of the capacity
  private static final long SEED = 1;

  private static final Map<Image, Double> DECODE_MILLIS = new HashMap<>();
  private static final Image SMALL = image(60_000, 1.5, true); // 500 x 375
  private static final Image LARGE = image(600_000, 10, true); // 1920 x 1080
  private static final Image CORRUPT = image(60_000, 0.05, false);

  /**
   * @param batchMillis processor time of a batch of a size
   */
  private record Machine(int processors, IntToDoubleFunction batchMillis) {

    static final int MAX_BATCH = 8;

    ProcessModel with(List<Image> mix) {
      return new ProcessModel(
          processors,
          /* decodeThreads= */ processors,
          /* workers= */ processors,
          /* threads= */ 1,
          MAX_BATCH,
          /* queueCapacity= */ 256,
          DEADLINE,
          mix,
          /* decodeSlowdown= */ 1,
          size -> Times.always(batchMillis.applyAsDouble(size)),
          /* computeSlowdown= */ 1,
          /* spread= */ null,
          Request.FREE);
    }

    double computeMillis() {
      return batchMillis.applyAsDouble(MAX_BATCH) / MAX_BATCH;
    }

    /** Images a second that the processors can answer of a mix. */
    double capacity(List<Image> mix) {
      double millis = 0;
      for (Image image : mix) {
        millis += decodeMillis(image) + (image.isReadable() ? computeMillis() : 0);
      }
      return processors * 1000.0 * mix.size() / millis;
    }
  }

  private static Image image(int bytes, double decodeMillis, boolean readable) {
    Image image = new Image(bytes, Times.always(decodeMillis), readable);
    DECODE_MILLIS.put(image, decodeMillis);
    return image;
  }

  private static double decodeMillis(Image image) {
    return Objects.requireNonNull(DECODE_MILLIS.get(image));
  }

  /**
   * A ResNet-50 on two processors in int8, there and on older ones, and in fp32; on four; and a
   * small network. A full batch in fp32 takes two thirds of the deadline.
   */
  private static final Map<String, Machine> MACHINES =
      new TreeMap<>(
          Map.of(
              "int8", new Machine(2, size -> 1.5 + 3.5 * size),
              "int8, older", new Machine(2, size -> 1.0 + 34.0 * size),
              "fp32", new Machine(2, size -> 10 + 40.0 * size),
              "four processors", new Machine(4, size -> 1.5 + 3.5 * size),
              "a small network", new Machine(2, size -> 0.1 + 0.2 * size)));

  private static final Map<String, List<Image>> MIXES =
      new TreeMap<>(
          Map.of(
              "small", List.of(SMALL),
              "large", List.of(LARGE),
              "both", List.of(SMALL, LARGE),
              "small, a fifth corrupt", List.of(SMALL, SMALL, SMALL, SMALL, CORRUPT),
              "large, a fifth corrupt", List.of(LARGE, LARGE, LARGE, LARGE, CORRUPT),
              "both, a fifth corrupt", List.of(SMALL, LARGE, SMALL, LARGE, CORRUPT)));

  private final Map<List<Object>, List<SimulatedRequest>> overloads = new HashMap<>();

  static Stream<Arguments> overloads() {
    return Stream.of(1.5, 3.0, 6.0)
        .flatMap(load ->
            MACHINES.keySet().stream()
                .flatMap(machine ->
                    MIXES.keySet().stream().map(mix -> Arguments.of(load, machine, mix))));
  }

  @ParameterizedTest
  @MethodSource("overloads")
  void whatIsAcceptedIsInTimeAndTheProcessorsAreOfUse(double load, String name, String mixName) {
    List<SimulatedRequest> accepted = accepted(overload(load, name, mixName));

    assertThat(inTime(accepted)).isGreaterThan(leastInTime(name));
    assertThat(goodput(machine(name), accepted))
        .as("useful part of the processors' time")
        .isGreaterThan(0.9);
  }

  @ParameterizedTest
  @MethodSource("overloads")
  void requestsThatTakeTimeThemselvesMakeNothingLate(double load, String name, String mixName) {
    double millis = name.contains("small") ? 0.02 : 0.3;
    List<Image> mix = mix(mixName);
    ProcessModel model = machine(name).with(mix).with(new Request(millis, 0, 0, 0));

    List<SimulatedRequest> arrivals =
        new ProcessSimulation(model, SEED).open(rates(machine(name), mix, load));

    assertThat(inTime(accepted(arrivals))).isGreaterThan(leastInTime(name));
  }

  @ParameterizedTest
  @MethodSource("overloads")
  void aSecondAfterwardsAllIsAsBefore(double load, String name, String mixName) {
    Machine machine = machine(name);
    List<SimulatedRequest> after = between(overload(load, name, mixName), SECONDS + 2, SECONDS + 4);

    assertThat(after).hasSizeGreaterThan(5).allMatch(image -> image.isInTime(DEADLINE));
    double worst =
        after.stream().mapToLong(SimulatedRequest::responseNanos).max().orElseThrow() / 1e6;
    double alone = machine.batchMillis().applyAsDouble(1) + decodeMillis(LARGE);
    assertThat(worst).as("milliseconds").isLessThan(3 * alone);
  }

  @ParameterizedTest
  @MethodSource("overloads")
  void largeImagesAreNotShutOutBySmallOnes(double load, String name, String mixName) {
    List<Image> mix = mix(mixName);
    List<SimulatedRequest> accepted = accepted(overload(load, name, mixName));

    double offered = (double) mix.stream().filter(LARGE::equals).count() / mix.size();
    double large =
        (double) accepted.stream().filter(arrival -> arrival.image().equals(LARGE)).count()
            / accepted.size();
    assertThat(large).as("of %.2f".formatted(offered)).isGreaterThanOrEqualTo(0.5 * offered);
  }

  @Test
  void theSameArrivalsEndTheSame() {
    List<SimulatedRequest> again = simulated(3, "int8", "both, a fifth corrupt");

    assertThat(again.stream().map(SimulatedRequest::responseNanos))
        .containsExactlyElementsOf(
            overload(3, "int8", "both, a fifth corrupt").stream()
                .map(SimulatedRequest::responseNanos)
                .toList());
  }

  private List<SimulatedRequest> overload(double load, String name, String mixName) {
    return overloads.computeIfAbsent(
        List.of(load, name, mixName), _ -> simulated(load, name, mixName));
  }

  private static List<SimulatedRequest> simulated(double load, String name, String mixName) {
    List<Image> mix = mix(mixName);
    return new ProcessSimulation(machine(name).with(mix), SEED)
        .open(rates(machine(name), mix, load));
  }

  private static double[] rates(Machine machine, List<Image> mix, double load) {
    double capacity = machine.capacity(mix); // images a second
    double[] rates = new double[SECONDS + 4];
    for (int second = 0; second < rates.length; second++) {
      rates[second] = (second >= 1 && second <= SECONDS ? load : CALM) * capacity;
    }
    return rates;
  }

  private static List<SimulatedRequest> between(
      List<SimulatedRequest> arrivals, double from, double to) {
    return arrivals.stream()
        .filter(arrival -> arrival.atNanos() >= from * 1e9 && arrival.atNanos() < to * 1e9)
        .toList();
  }

  /** What was taken during the overload. */
  private static List<SimulatedRequest> accepted(List<SimulatedRequest> arrivals) {
    return between(arrivals, 1, SECONDS + 1).stream().filter(SimulatedRequest::isAccepted).toList();
  }

  /** The part of what was taken that was answered in time. */
  private static double inTime(List<SimulatedRequest> accepted) {
    long inTime = accepted.stream().filter(image -> image.isInTime(DEADLINE)).count();
    return (double) inTime / accepted.size();
  }

  /** The part of the processors' time that went into answers that came in time. */
  private static double goodput(Machine machine, List<SimulatedRequest> accepted) {
    double usefulMillis =
        accepted.stream()
            .filter(arrival -> arrival.image().isReadable() && arrival.isInTime(DEADLINE))
            .mapToDouble(arrival -> decodeMillis(arrival.image()) + machine.computeMillis())
            .sum();
    return usefulMillis / (1000.0 * SECONDS * machine.processors());
  }

  /** An older machine answers some 500 images, too few to learn from those that are late. */
  private static double leastInTime(String machine) {
    return machine.contains("older") ? 0.985 : 0.99;
  }

  private static Machine machine(String name) {
    return Objects.requireNonNull(MACHINES.get(name));
  }

  private static List<Image> mix(String name) {
    return Objects.requireNonNull(MIXES.get(name));
  }
}
