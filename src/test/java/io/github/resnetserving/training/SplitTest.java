package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SplitTest {

  private static final List<Integer> LABELS =
      IntStream.range(0, 300).map(i -> i % 3 == 0 ? 0 : 1).boxed().toList();

  @Test
  void eachClassIsHeldOutInProportion() {
    Split split = Split.stratified(LABELS, 2, 0.1, 7);

    assertThat(split.validation()).hasSize(30);
    assertThat(split.validation().stream().filter(i -> LABELS.get(i) == 0)).hasSize(10);
    assertThat(split.training()).hasSize(270).doesNotContainAnyElementsOf(split.validation());
  }

  @Test
  void theSameSeedGivesTheSameSplit() {
    assertThat(Split.stratified(LABELS, 2, 0.1, 7)).isEqualTo(Split.stratified(LABELS, 2, 0.1, 7));
    assertThat(Split.stratified(LABELS, 2, 0.1, 8))
        .isNotEqualTo(Split.stratified(LABELS, 2, 0.1, 7));
  }
}
