package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.network.DirectProgram;
import io.github.resnetserving.network.DirectProgram.Activation;
import io.github.resnetserving.network.DirectProgram.Input;
import io.github.resnetserving.network.DirectProgram.Step;
import io.github.resnetserving.network.Precision;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

class ActivationLayoutTest {

  /** Maps of 4 x 4: an input of 3 channels (192 bytes), others of 4 (256 bytes). */
  @Test
  void placesAreUsedAgainAndASumLiesWhereItsAddendWas() {
    DirectProgram program =
        program(
            new Step.Convolve("a", "input", "1", 3, 1, 1, true, null),
            new Step.Convolve("b", "a", "2", 3, 1, 1, true, null),
            new Step.Convolve("c", "b", "3", 3, 1, 1, true, "a"),
            new Step.Convolve("d", "c", "4", 3, 1, 1, true, null));

    ActivationLayout layout = ActivationLayout.of(program, /* elementBytes= */ 4);

    assertThat(layout.offsets().get("input")).isZero();
    assertThat(layout.offsets().get("a")).isEqualTo(192); // beside the input
    assertThat(layout.offsets().get("b")).isEqualTo(448); // the input's place is too small
    assertThat(layout.offsets().get("c")).isEqualTo(192); // the sum with a
    assertThat(layout.offsets().get("d")).isEqualTo(448); // in b's place
    assertThat(layout.bytes()).isEqualTo(704);
    assertThat(layout.offset("b", 3)).isEqualTo(3 * 448);
  }

  /** What is read and what is written by a step never overlap, but for a sum's addend. */
  @Test
  void placesThatTouchBecomeOne() {
    DirectProgram program =
        program(
            new Step.Convolve("a", "input", "1", 3, 1, 1, true, null),
            new Step.Convolve("b", "a", "2", 3, 1, 1, true, null),
            new Step.Convolve("c", "b", "3", 3, 1, 1, true, null),
            new Step.Convolve("d", "c", "4", 3, 1, 1, true, null));

    ActivationLayout layout = ActivationLayout.of(program, /* elementBytes= */ 4);

    // The input's 192 and a's 256 bytes are free when c is made, and make room for it.
    assertThat(layout.offsets().get("b")).isEqualTo(448);
    assertThat(layout.offsets().get("c")).isZero();
    assertThat(layout.offsets().get("d")).isIn(256L, 448L);
    assertThat(layout.bytes()).isEqualTo(704);
  }

  private static DirectProgram program(Step... steps) {
    SequencedMap<String, Activation> maps = new LinkedHashMap<>();
    for (Step step : steps) {
      maps.put(step.output(), new Activation(4, 4, 1, 0));
    }
    return new DirectProgram(
        Precision.FP32,
        new Input(4, 0, List.of(1., 1., 1.), List.of(0., 0., 0.), List.of(0, 0, 0)),
        maps,
        List.of(steps),
        List.of("d"),
        "fc",
        2);
  }
}
