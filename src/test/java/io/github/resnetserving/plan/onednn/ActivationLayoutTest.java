package io.github.resnetserving.plan.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.graph.Convolution;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Step;
import io.github.resnetserving.tensor.Precision;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ActivationLayoutTest {

  /** Maps of 4 x 4: an input of 3 channels (192 bytes), others of 4 (256 bytes). */
  @Test
  void placesAreUsedAgainAndASumLiesWhereItsAddendWas() {
    Arrangement arrangement =
        arrangement(
            convolve("a", "input", null),
            convolve("b", "a", null),
            convolve("c", "b", "a"),
            convolve("d", "c", null));

    ActivationLayout layout = ActivationLayout.of(arrangement);

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
    Arrangement arrangement =
        arrangement(
            convolve("a", "input", null),
            convolve("b", "a", null),
            convolve("c", "b", null),
            convolve("d", "c", null));

    ActivationLayout layout = ActivationLayout.of(arrangement);

    // The input's 192 and a's 256 bytes are free when c is made, and make room for it.
    assertThat(layout.offsets().get("b")).isEqualTo(448);
    assertThat(layout.offsets().get("c")).isZero();
    assertThat(layout.offsets().get("d")).isIn(256L, 448L);
    assertThat(layout.bytes()).isEqualTo(704);
  }

  private static Step convolve(String output, String input, @Nullable String addend) {
    int inputs = input.equals(Graph.INPUT) ? 3 : 4;
    return new Step.Convolve(
        new Convolution(output, "bn", inputs, /* outputs= */ 4, /* kernel= */ 3, /* stride= */ 1),
        input,
        addend,
        /* relu= */ true);
  }

  private static Arrangement arrangement(Step... steps) {
    return new Arrangement(
        Precision.FP32,
        new Arrangement.Input(4, 0, List.of(1., 1., 1.), List.of(0., 0., 0.), List.of(0, 0, 0)),
        Map.of(),
        Graph.of(/* side= */ 4, List.of(steps), List.of("d")));
  }
}
