package io.github.resnetserving.heads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.github.resnetserving.heads.Head.Fit;
import io.github.resnetserving.heads.Head.Kind;
import io.github.resnetserving.models.Labels;
import org.junit.jupiter.api.Test;

class HeadFitterTest {

  private final HeadFitter fitter = new HeadFitter();

  private void add(String label, float... features) throws Exception {
    fitter.add(features, label);
  }

  @Test
  void aLinearHeadTellsApartWhatALineCan() throws Exception {
    for (int i = 0; i < 3; i++) {
      add("low", i, 1);
      add("high", 10 + i, 1);
    }

    HeadDraft draft = fitter.fit(Kind.LINEAR, 1);

    assertThat(draft.kind()).isEqualTo(Kind.LINEAR);
    assertThat(names(draft.labels())).containsExactly("high", "low");
    assertThat(draft.fit().images()).isEqualTo(6);
    assertThat(draft.fit().folds()).isEqualTo(3);
    assertThat(draft.fit().accuracy()).isEqualTo(1);
    assertThat(draft.fit().c()).isPositive();
    assertThat(draft.fit().k()).isNull();
    float[] low = draft.scorer().logits(new float[] {1, 1});
    float[] high = draft.scorer().logits(new float[] {11, 1});
    assertThat(low[1]).isGreaterThan(low[0]);
    assertThat(high[0]).isGreaterThan(high[1]);
  }

  /**
   * Of the three nearest to (1, 0) two are of a class; each image is asked about without itself.
   */
  @Test
  void theNearestNeighboursVote() throws Exception {
    add("a", 1, 0);
    add("a", 2, 0.05f);
    add("b", 1, 0.1f);
    add("b", 0, 1);
    add("b", 0, 3);

    HeadDraft draft = fitter.fit(Kind.NEAREST, 1);

    assertThat(draft.kind()).isEqualTo(Kind.NEAREST);
    assertThat(draft.fit()).isEqualTo(new Fit(5, null, 1, 5, 0.8));
    assertThat(probability(draft, 1, 0, 5)).isGreaterThan(0.99999);
    assertThat(probability(draft, 0, 0, 5)).isLessThan(0.00001);
  }

  /** Cosines 1, 1 and 0.6: one vote of 1, one of 1, and one of exp(−0.4 / 0.07). */
  @Test
  void aVoteCountsByItsCosine() throws Exception {
    add("a", 1, 0);
    add("a", 3, 4);
    add("b", 2, 0);
    add("b", 0, 1);

    HeadDraft draft = fitter.fit(Kind.NEAREST, 3);

    double far = Math.exp(-0.4 / 0.07);
    assertThat(probability(draft, 0, 7, 0)).isCloseTo((1 + far) / (2 + far), offset(1e-5));
  }

  private static double probability(HeadDraft draft, int index, float... features) {
    float[] logits = draft.scorer().logits(features);
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    return Math.exp(logits[index]) / sum;
  }

  @Test
  void classesThatAreNumbersComeInTheirOrder() throws Exception {
    for (String name : new String[] {"10", "9", "10", "9"}) {
      add(name, Integer.parseInt(name));
    }

    assertThat(fitter.classes()).containsExactly("9", "10");
  }

  @Test
  void whatCannotBeLearntFromIsRefused() throws Exception {
    assertThatThrownBy(() -> fitter.fit(Kind.LINEAR, 1))
        .hasMessage(
            "There are no images in folders of classes: a head needs at least two classes, each"
                + " with its images.");
    add("a", 1, 2);
    assertThatThrownBy(() -> fitter.fit(Kind.LINEAR, 1))
        .hasMessage(
            "There is one class alone, a: a head needs at least two classes, each with its"
                + " images.");
    add("a", 1, 2);
    add("b", 1, 2);
    assertThatThrownBy(() -> fitter.fit(Kind.LINEAR, 1))
        .hasMessage(
            "The class b has one image: it needs at least two, one to learn from and one to check."
                + " Add some, or remove it.");
    add("b", 1, 2);
    assertThatThrownBy(() -> fitter.fit(Kind.NEAREST, 4))
        .hasMessage("k is 4: it must be between 1 and 3, one less than there are images.");
    assertThatThrownBy(() -> add("a", 1, 2, 3))
        .hasMessage("The features of image 4 are 3 wide, and those before it 2.");
    assertThatThrownBy(() -> add("a", 1, Float.NaN))
        .hasMessage("The features of image 4 are not finite.");
  }

  private static String[] names(Labels labels) {
    return labels.entries().stream().map(Labels.Label::name).toArray(String[]::new);
  }
}
