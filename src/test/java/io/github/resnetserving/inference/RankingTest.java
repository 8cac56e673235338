package io.github.resnetserving.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Labels.Label;
import io.github.resnetserving.models.Prediction;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RankingTest {

  @Test
  void softmaxOfEqualLogitsIsUniform() {
    assertThat(Ranking.softmax(new float[] {7, 7, 7, 7})).containsExactly(0.25, 0.25, 0.25, 0.25);
  }

  @Test
  void softmaxIsExpOverSum() {
    double[] probabilities = Ranking.softmax(new float[] {0, (float) Math.log(3)});

    assertThat(probabilities[1]).isCloseTo(0.75, offset(1e-7));
  }

  @Test
  void softmaxOfHugeLogitsDoesNotOverflow() {
    double[] probabilities = Ranking.softmax(new float[] {3e38f, -3e38f, 0});

    assertThat(probabilities).containsExactly(1, 0, 0);
  }

  @Test
  void probabilitiesOfAThousandClassesSumToOne() {
    double[] probabilities = Ranking.softmax(randomLogits(1000));

    assertThat(DoubleStream.of(probabilities).sum()).isCloseTo(1, offset(1e-12));
  }

  @Test
  void aLogitThatIsNotFiniteIsRefused() {
    assertThatThrownBy(() -> Ranking.softmax(new float[] {1, Float.NaN}))
        .hasMessage("a logit is NaN, not a finite number");
  }

  @Test
  void theBestClassesComeFirstAndTiesByLowerIndex() {
    float[] logits = {1, 3, 2, 3, 0, 2};

    assertThat(Ranking.topIndices(logits, 1)).containsExactly(1);
    assertThat(Ranking.topIndices(logits, 3)).containsExactly(1, 3, 2);
    assertThat(Ranking.topIndices(logits, 6)).containsExactly(1, 3, 2, 5, 0, 4);
  }

  @Test
  void topAgreesWithSortingForEveryK() {
    float[] logits = randomLogits(50);
    int[] sorted =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -logits[i]))
            .mapToInt(Integer::intValue)
            .toArray();

    for (int k = 1; k <= logits.length; k++) {
      assertThat(Ranking.topIndices(logits, k))
          .containsExactly(IntStream.of(sorted).limit(k).toArray());
    }
  }

  @Test
  void predictionsCarryLabelAndProbability() {
    Labels labels = new Labels(List.of(new Label("n1", "cat"), new Label(null, "dog")));

    assertThat(Ranking.top(new float[] {5, 5}, labels, 2))
        .containsExactly(
            new Prediction(0, new Label("n1", "cat"), 0.5),
            new Prediction(1, new Label(null, "dog"), 0.5));
  }

  @Test
  void kOutsideTheClassesIsRefused() {
    assertThatThrownBy(() -> Ranking.topIndices(new float[] {1, 2}, 3))
        .hasMessage("k is 3: it must be between 1 and 2");
  }

  @Test
  void labelsMustNameEveryClass() {
    assertThatThrownBy(() -> Ranking.top(new float[] {1, 2}, Labels.numbered(3), 1))
        .hasMessage("3 labels do not name 2 classes");
  }

  private static float[] randomLogits(int count) {
    Random random = new Random(7);
    float[] logits = new float[count];
    for (int i = 0; i < count; i++) {
      logits[i] = (float) random.nextGaussian() * 10;
    }
    return logits;
  }
}
