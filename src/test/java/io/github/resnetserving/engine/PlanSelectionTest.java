package io.github.resnetserving.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Pixels;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlanSelectionTest {

  @Test
  void theDifferenceIsThatOfTheWorstLogitAsAPartOfTheLargest() {
    List<NetworkOutput> expected = List.of(output(1, -8), output(2, 4));

    assertThat(PlanSelection.difference(List.of(output(1, -8), output(2, 4)), expected)).isZero();
    assertThat(PlanSelection.difference(List.of(output(1, -7), output(2, 6)), expected))
        .isEqualTo(0.25);
  }

  @Test
  void anAnswerThatIsNoNumberDiffersInfinitely() {
    assertThat(PlanSelection.difference(List.of(output(Float.NaN, 4)), List.of(output(2, 4))))
        .isInfinite();
  }

  @Test
  void probePicturesAreTheSameAtEveryCallAndUseTheWholeRange() {
    List<Pixels> pictures = ProbePictures.of(2, 64);

    assertThat(pictures.getFirst().rgb()).isEqualTo(ProbePictures.of(1, 64).getFirst().rgb());
    assertThat(pictures.getFirst().rgb()).isNotEqualTo(pictures.getLast().rgb());
    int darkest = 255;
    int brightest = 0;
    for (byte value : pictures.getFirst().rgb()) {
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
