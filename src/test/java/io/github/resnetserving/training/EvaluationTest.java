package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.inference.Ranking;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Prediction;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluationTest {

  private static final List<Integer> LABELS = List.of(0, 1, 5);

  @Test
  void theFirstAnswersAndTheFirstFiveAreCounted() {
    Evaluation result = always(9, 8, 7, 6, 5, 0);

    assertThat(result.images()).isEqualTo(3);
    assertThat(result.answers()).containsExactly(0, 0, 0);
    assertThat(result.top1()).isEqualTo(1);
    assertThat(result.top5()).isEqualTo(2);
  }

  @Test
  void equalScoresGoToTheLowerIndex() {
    assertThat(always(1, 1, 0, 0, 0, 1).answers()).containsExactly(0, 0, 0);
  }

  @Test
  void changesAreImagesWithAnotherFirstAnswer() {
    Evaluation one = always(9, 8, 7, 6, 5, 0);

    assertThat(one.changesFrom(one)).isZero();
    assertThat(one.changesFrom(always(8, 9, 7, 6, 5, 0))).isEqualTo(3);
  }

  private static Evaluation always(float... logits) {
    List<Prediction> ranking = Ranking.top(logits, Labels.numbered(logits.length), 5);
    return Evaluation.of(LABELS, Collections.nCopies(LABELS.size(), ranking));
  }
}
