package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SplitTest {

  private static final List<Integer> LABELS =
      IntStream.range(0, 300).map(i -> i % 3 == 0 ? 0 : 1).boxed().toList();

  @Test
  void eachClassIsHeldOutInProportion() {
    Split split = Split.stratified(LABELS, 2, 0.1);

    assertThat(split.validation()).hasSize(30);
    assertThat(split.validation().stream().filter(i -> LABELS.get(i) == 0)).hasSize(10);
    assertThat(split.training()).hasSize(270).doesNotContainAnyElementsOf(split.validation());
  }

  @Test
  void theSameLabelsGiveTheSameSplit() {
    assertThat(Split.stratified(LABELS, 2, 0.1)).isEqualTo(Split.stratified(LABELS, 2, 0.1));
  }

  @Test
  void anImageIsNotHeldOutWhereACopyOfItIsLearntFrom() {
    Split split = new Split(List.of(0, 1, 4), List.of(2, 3, 5));

    Split together = split.together(List.of(List.of(1, 3), List.of(2, 5)), _ -> 0);

    assertThat(together).isEqualTo(new Split(List.of(0, 1, 3, 4), List.of(2, 5)));
  }

  @Test
  void anImageStaysHeldOutWhereItsClassHasNoOther() {
    Split split = new Split(List.of(0, 1), List.of(2, 3, 5));

    Split together = split.together(List.of(List.of(0, 2, 3), List.of(1, 5)), at -> at % 2);

    assertThat(together).isEqualTo(new Split(List.of(0, 1, 5), List.of(2, 3)));
  }

  @Test
  void anEpochShowsAQuarterOfThoseShownSeldom() {
    Split split =
        new Split(IntStream.range(0, 12).boxed().toList(), List.of())
            .without(Set.of(0, 1), Set.of(0, 2, 3, 4, 5, 6));

    assertThat(split.training()).containsExactly(2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    assertThat(split.seldom()).containsExactlyInAnyOrder(2, 3, 4, 5, 6);
    assertThat(split.shown(List.of(11, 5, 10, 3, 2, 9, 4, 8, 6, 7)))
        .containsExactly(11, 5, 10, 3, 9, 8, 7);
  }
}
