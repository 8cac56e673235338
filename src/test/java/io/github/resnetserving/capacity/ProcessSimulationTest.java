package io.github.resnetserving.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.capacity.ProcessModel.Image;
import io.github.resnetserving.capacity.ProcessModel.Request;
import io.github.resnetserving.inference.SimulatedPipeline.End;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProcessSimulationTest {

  private static final long SEED = 1;

  private static Times linear(int size) {
    return Times.always(4.0 + size);
  }

  /** One worker of one thread for each processor, which computes images one by one. */
  private static ProcessModel single(
      int processors,
      double decodeMillis,
      double computeMillis,
      double computeSlowdown,
      @Nullable Times spread,
      Request request) {
    return new ProcessModel(
        processors,
        /* decodeThreads= */ processors,
        /* workers= */ processors,
        /* threads= */ 1,
        /* maxBatch= */ 1,
        /* queueCapacity= */ 256,
        Duration.ofSeconds(10),
        List.of(new Image(60_000, Times.always(decodeMillis), /* isReadable= */ true)),
        /* decodeSlowdown= */ 1,
        _ -> Times.always(computeMillis),
        computeSlowdown,
        spread,
        request);
  }

  @Test
  void requestsThatAreAloneAreInBatchesOfOne() {
    ProcessSimulation simulation =
        new ProcessSimulation(Models.computing(1, 8, ProcessSimulationTest::linear), SEED);

    List<SimulatedRequest> all = simulation.open(/* rate= */ 0.001, 100);

    assertThat(simulation.meanBatch()).isEqualTo(1);
    assertThat(all.stream().map(SimulatedRequest::responseNanos)).containsOnly(5_000_000L);
  }

  @Test
  void aWorkerThatIsFreeTakesWhatWaits() {
    ProcessSimulation simulation =
        new ProcessSimulation(Models.computing(1, 8, ProcessSimulationTest::linear), SEED);

    List<SimulatedRequest> all = simulation.closed(/* connections= */ 11, 11);

    // The first is taken at once, since the worker is free; eight and two wait.
    assertThat(all.stream().map(arrival -> ((End.Answered) arrival.end()).batchSize()))
        .containsExactly(1, 8, 8, 8, 8, 8, 8, 8, 8, 2, 2);
    assertThat(all.getLast().responseNanos()).isEqualTo((5 + 12 + 6) * 1_000_000);
  }

  @Test
  void withAlwaysOneMoreRequestBatchesAreFull() {
    ProcessModel model = Models.computing(2, 8, ProcessSimulationTest::linear);
    ProcessSimulation simulation = new ProcessSimulation(model, SEED);

    List<SimulatedRequest> _ = simulation.closed(64, 20_000);

    assertThat(simulation.meanBatch()).isCloseTo(8, within(0.05));
    assertThat(simulation.utilisation()).isCloseTo(1, within(0.001));
    assertThat(LoadPoint.capacity(model, 20_000, SEED))
        .isCloseTo(2 * 8 * 1000 / 12.0, within(10.0));
  }

  @Test
  void decodingAndComputingShareTheProcessors() {
    ProcessModel model = single(1, 6, 4, 1, null, new Request(0.5, 0.25, 0, 1));

    List<SimulatedRequest> alone = new ProcessSimulation(model, SEED).closed(1, 1);
    List<SimulatedRequest> two = new ProcessSimulation(model, SEED).closed(2, 2);

    assertThat(alone.getFirst().responseNanos()).isEqualTo(11_750_000);
    // Whatever they take turns at, the processor has done twice as much in the end.
    assertThat(two.stream().mapToLong(SimulatedRequest::responseNanos).max().orElseThrow())
        .isCloseTo(22_500_000, within(10L));
    assertThat(LoadPoint.capacity(model, 5_000, SEED)).isCloseTo(1000 / 10.75, within(0.1));
  }

  @Test
  void whatIsSlowerOnBusyProcessorsIsOnlyThen() {
    ProcessModel model = single(2, 0, 10, 1.5, null, Request.FREE);

    assertThat(new ProcessSimulation(model, SEED).closed(1, 1))
        .allMatch(arrival -> arrival.responseNanos() == 10_000_000);
    assertThat(new ProcessSimulation(model, SEED).closed(2, 2))
        .allMatch(arrival -> arrival.responseNanos() == 15_000_000);
  }

  @Test
  void anImageThatIsAloneHasAllProcessorsWhereThatIsFaster() {
    ProcessModel model = single(2, 0, 10, 1, Times.always(6), Request.FREE);

    assertThat(new ProcessSimulation(model, SEED).closed(1, 1).getFirst().responseNanos())
        .isEqualTo(6_000_000);
    // The second waits for it, and is alone then.
    assertThat(new ProcessSimulation(model, SEED).closed(2, 2).getLast().responseNanos())
        .isEqualTo(12_000_000);
  }

  @Test
  void beyondTheCapacityTheRestIsRefusedAndTheAcceptedAreInTime() {
    Duration deadline = Duration.ofMillis(100);
    ProcessModel model =
        Models.computing(2, 8, ProcessSimulationTest::linear)
            .with(deadline)
            .with(new Request(0, 0, 0.001, 0));
    double capacity = LoadPoint.capacity(model, 20_000, SEED);

    LoadPoint load = LoadPoint.at(2 * capacity, model, 20_000, SEED);

    assertThat(load.refused()).isCloseTo(0.5, within(0.05));
    assertThat(load.goodput()).isCloseTo(capacity, within(0.05 * capacity));
    assertThat(load.p99()).isLessThan((double) deadline.toMillis());
  }

  @Test
  void theSameSeedGivesTheSame() {
    ProcessModel model =
        Models.computing(2, 8, size -> random -> (4 + size) * (0.5 + random.nextDouble()));

    LoadPoint load = LoadPoint.at(800, model, 5_000, SEED);

    assertThat(LoadPoint.at(800, model, 5_000, SEED)).isEqualTo(load);
    assertThat(LoadPoint.at(800, model, 5_000, SEED + 1)).isNotEqualTo(load);
  }
}
