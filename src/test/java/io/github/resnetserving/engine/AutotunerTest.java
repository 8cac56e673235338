package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import java.util.List;
import org.junit.jupiter.api.Test;

class AutotunerTest {

  @Test
  void theDifferenceIsThatOfTheWorstLogitAsAPartOfTheLargest() {
    List<NetworkOutput> expected = List.of(output(1, -8), output(2, 4));

    assertThat(Autotuner.difference(List.of(output(1, -8), output(2, 4)), expected)).isZero();
    assertThat(Autotuner.difference(List.of(output(1, -7), output(2, 6)), expected))
        .isEqualTo(0.25);
  }

  @Test
  void anAnswerThatIsNoNumberDiffersInfinitely() {
    assertThat(Autotuner.difference(List.of(output(Float.NaN, 4)), List.of(output(2, 4))))
        .isInfinite();
  }

  @Test
  void probeImagesAreTheSameAtEveryCallAndUseTheWholeRange() {
    List<Pixels> images = ProbeInputs.of(2, 64);

    assertThat(images.getFirst().rgb()).isEqualTo(ProbeInputs.of(1, 64).getFirst().rgb());
    assertThat(images.getFirst().rgb()).isNotEqualTo(images.getLast().rgb());
    int darkest = 255;
    int brightest = 0;
    for (byte value : images.getFirst().rgb()) {
      darkest = Math.min(darkest, value & 255);
      brightest = Math.max(brightest, value & 255);
    }
    assertThat(darkest).isLessThan(30);
    assertThat(brightest).isGreaterThan(225);
  }

  private static NetworkOutput output(float... logits) {
    return new NetworkOutput(logits, new float[0]);
  }
}
