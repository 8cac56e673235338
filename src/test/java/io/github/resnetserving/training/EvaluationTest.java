package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.resnetserving.model.NetworkOutput;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluationTest {

  private static final ImageSet SET =
      new ImageSet(
          1,
          Collections.nCopies(3, new byte[3]),
          List.of(0, 1, 5),
          List.of("a", "b", "c", "d", "e", "f"));

  @Test
  void theFirstAnswersAndTheFirstFiveAreCounted() throws Exception {
    Evaluation result = always(9, 8, 7, 6, 5, 0);

    assertThat(result.images()).isEqualTo(3);
    assertThat(result.answers()).containsExactly(0, 0, 0);
    assertThat(result.top1()).isEqualTo(1);
    assertThat(result.top5()).isEqualTo(2);
  }

  @Test
  void equalScoresGoToTheLowerIndex() throws Exception {
    assertThat(always(1, 1, 0, 0, 0, 1).answers()).containsExactly(0, 0, 0);
  }

  @Test
  void changesArePicturesWithAnotherFirstAnswer() throws Exception {
    Evaluation one = always(9, 8, 7, 6, 5, 0);

    assertThat(one.changesFrom(one)).isZero();
    assertThat(one.changesFrom(always(8, 9, 7, 6, 5, 0))).isEqualTo(3);
  }

  private static Evaluation always(float... logits) throws Exception {
    return Evaluation.of(
        SET,
        2,
        batch -> Collections.nCopies(batch.size(), new NetworkOutput(logits, new float[0])));
  }
}
