package io.github.resnetserving.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.inference.PipelineSimulation.Arrival;
import io.github.resnetserving.inference.PipelineSimulation.Image;
import io.github.resnetserving.inference.PipelineSimulation.Machine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.Arguments;
import java.util.stream.Stream;

class OverloadSimulationTest {

  private static final Duration DEADLINE = Duration.ofMillis(500);
  private static final int SECONDS = 20;

  private static final Image SMALL = new Image(60_000, 1.5, true);
  private static final Image LARGE = new Image(600_000, 10, true);

  static Stream<Arguments> loads() {
    Machine int8 = new Machine(2, 2, 2, 8, 256, n -> 1.5 + 3.5 * n);
    Machine fp32 = new Machine(2, 2, 2, 8, 256, n -> 10 + 40 * n);
    Machine four = new Machine(4, 4, 4, 8, 256, n -> 1.5 + 3.5 * n);
    Machine tiny = new Machine(2, 2, 2, 8, 256, n -> 0.1 + 0.2 * n);
    List<Arguments> all = new ArrayList<>();
    for (double load : new double[] {1.5, 3, 6}) {
      for (boolean corrupt : new boolean[] {false, true}) {
        all.add(Arguments.of("int8", int8, "small", mix(corrupt, SMALL), load));
        all.add(Arguments.of("int8", int8, "large", mix(corrupt, LARGE), load));
        all.add(Arguments.of("int8", int8, "mixed", mix(corrupt, SMALL, LARGE), load));
        all.add(Arguments.of("fp32", fp32, "mixed", mix(corrupt, SMALL, LARGE), load));
        all.add(Arguments.of("four", four, "mixed", mix(corrupt, SMALL, LARGE), load));
        all.add(Arguments.of("tiny", tiny, "mixed", mix(corrupt, SMALL, LARGE), load));
      }
    }
    return all.stream();
  }

  private static List<Image> mix(boolean corrupt, Image... images) {
    List<Image> mix = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      mix.add(images[i % images.length]);
    }
    if (corrupt) {
      mix.add(new Image(images[0].bytes(), 0.05, false));
    }
    return mix;
  }

  @ParameterizedTest
  @MethodSource("loads")
  void sim(String machineName, Machine machine, String mixName, List<Image> mix, double load) {
    double readable = mix.stream().filter(Image::readable).count() / (double) mix.size();
    double capacity = PipelineSimulation.capacity(machine, mix);
    PipelineSimulation simulation = new PipelineSimulation(machine, DEADLINE);
    List<Arrival> arrivals =
        PipelineSimulation.poisson(
            mix, second -> second < 1 || second > SECONDS ? 0.2 * capacity / readable : load * capacity / readable, SECONDS + 3, 1);
    simulation.run(arrivals);
    int accepted = 0, inTime = 0, shed = 0, big = 0, bigs = 0, smalls = 0; double good = 0;
    int calm = 0, calmOk = 0;
    long worst = 0;
    for (Arrival a : arrivals) {
      int second = (int) (a.atNanos / 1_000_000_000L);
      if (second >= 1 && second <= SECONDS) {
 if (a.image == LARGE) bigs++;
        if (a.isAccepted()) {
          accepted++;
          if (a.isInTime(DEADLINE)) {
            inTime++;
            if (a.image.readable()) good += a.image.decodeMillis() + machine.batchMillis().applyAsDouble(8) / 8; if (a.image == LARGE) big++;
          }
        }
      } else if (second > SECONDS + 1) {
        calm++;
        if (a.isAccepted() && a.isInTime(DEADLINE)) calmOk++;
        worst = Math.max(worst, a.responseNanos());
      }
    }
    System.out.printf(Locale.ROOT, "%-6s %-6s %4.1f corrupt %b: accepted %6d in time %6.2f %% goodput %.2f large %.2f of %.2f  calm %d of %d worst %.1f ms%n",
        machineName, mixName, load, readable < 1, accepted, 100.0 * inTime / accepted, good / 1e3 / machine.processors() / SECONDS, big / (double) accepted, bigs / (double) arrivals.size(), calmOk, calm, worst / 1e6);
    assertThat(accepted).isPositive();
  }
}
