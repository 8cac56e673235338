package io.github.resnetserving.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.evaluation.Evaluation.Cell;
import io.github.resnetserving.evaluation.Evaluation.ClassResult;
import io.github.resnetserving.evaluation.Evaluation.Mistake;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Prediction;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EvaluationTest {

  private static final float[] SURE_OF_0 = {(float) Math.log(3), 0};
  private static final float[] SURE_OF_1 = {0, (float) Math.log(3)};

  @Test
  void theFirstAnswersAndTheFirstFiveAreCounted() {
    Evaluation result = of(6, List.of(0, 1, 5), new float[] {9, 8, 7, 6, 5, 0});

    assertThat(result.images()).isEqualTo(3);
    assertThat(result.top1()).isEqualTo(1.0 / 3);
    assertThat(result.top5()).isEqualTo(2.0 / 3);
    assertThat(result.confusion())
        .isEqualTo(Map.of(new Cell(0, 0), 1, new Cell(1, 0), 1, new Cell(5, 0), 1));
  }

  @Test
  void equalScoresGoToTheLowerIndex() {
    Evaluation result = new Evaluation(Labels.numbered(6));

    assertThat(result.add(sample(3, new float[] {1, 1, 0, 0, 0, 1})))
        .extracting(Prediction::index)
        .containsExactly(0, 1, 5, 2, 3);
  }

  @Test
  void changesAreImagesWithAnotherFirstAnswer() {
    Evaluation one = of(2, List.of(0, 1, 1), SURE_OF_0);

    assertThat(one.changesFrom(one)).isZero();
    assertThat(one.changesFrom(of(2, List.of(0, 1, 1), SURE_OF_1))).isEqualTo(3);
    assertThatThrownBy(() -> one.changesFrom(of(2, List.of(0), SURE_OF_1)))
        .hasMessage("3 and 1 images are not the same");
  }

  @Test
  void theLossIsTheMeanCrossEntropy() {
    Evaluation result = of(2, List.of(0, 0, 0, 1), SURE_OF_0); // 3/4 for 0, 1/4 for 1

    assertThat(result.logLoss()).isCloseTo((3 * Math.log(4.0 / 3) + Math.log(4)) / 4, within(1e-7));
  }

  @Test
  void theCalibrationErrorIsTheDistanceOfAccuracyAndProbability() {
    // All in one bin: probability 3/4, and 3/4 of them right; then none of two, and half of two.
    assertThat(of(2, List.of(0, 0, 0, 1), SURE_OF_0).calibrationError()).isCloseTo(0, within(1e-7));
    assertThat(of(2, List.of(1, 1), SURE_OF_0).calibrationError()).isCloseTo(0.75, within(1e-7));
    assertThat(of(2, List.of(0, 1), SURE_OF_0).calibrationError()).isCloseTo(0.25, within(1e-7));
  }

  @Test
  void overSeveralViewsTheMeanOfTheProbabilitiesCounts() {
    Evaluation result = new Evaluation(Labels.numbered(2));
    Sample.Image image = new Sample.Image("a", 1, () -> new byte[0]);

    // 0.9 and 0.3 for class 0: the mean is 0.6, though the mean of the logits is for class 0 too.
    List<Prediction> top =
        result.add(
            new Sample(
                image,
                List.of(
                    new float[] {(float) Math.log(9), 0},
                    new float[] {(float) Math.log(3.0 / 7), 0})));

    assertThat(top.getFirst().index()).isZero();
    assertThat(top.getFirst().probability()).isCloseTo(0.6, within(1e-7));
    assertThat(result.logLoss()).isCloseTo(-Math.log(0.4), within(1e-7));
  }

  @Test
  void aProbabilityThatIsTooSmallForADoubleHasAFiniteLoss() {
    Evaluation result = of(2, List.of(1), new float[] {5000, -5000});

    assertThat(result.logLoss()).isEqualTo(10000);
    assertThat(result.calibrationError()).isEqualTo(1);
  }

  @Test
  void theSurestMistakesAreKept() {
    Evaluation result = new Evaluation(Labels.numbered(2));
    for (int i = 0; i < 100; i++) {
      result.add(sample(i % 2, new float[] {i, 0}));
    }

    List<Mistake> mistakes = result.mistakes();

    assertThat(mistakes).hasSize(24);
    assertThat(mistakes).extracting(m -> m.image().label()).containsOnly(1);
    assertThat(mistakes)
        .extracting(m -> m.answer().probability())
        .isSortedAccordingTo((a, b) -> Double.compare(b, a))
        .allMatch(p -> p >= 0.999);
  }

  @Test
  void aNetworkOfOneClassIsAlwaysRight() {
    Evaluation result = of(1, List.of(0, 0), new float[] {-3});

    assertThat(result.top1()).isEqualTo(1);
    assertThat(result.top5()).isEqualTo(1);
    assertThat(result.logLoss()).isZero();
    assertThat(result.calibrationError()).isZero();
    assertThat(result.classes()).containsExactly(new ClassResult(2, 2, 2));
    assertThat(result.mistakes()).isEmpty();
  }

  @Test
  void nothingIsDividedByNothing() {
    Evaluation empty = new Evaluation(Labels.numbered(3));

    assertThat(List.of(empty.top1(), empty.top5(), empty.logLoss(), empty.calibrationError()))
        .containsOnly(0.0);
    assertThat(empty.macroF1()).isZero();
    assertThat(empty.classes())
        .allMatch(one -> one.precision() == 0 && one.recall() == 0 && one.f1() == 0);
  }

  @Test
  void anAnswerThatIsNotFiniteIsRefused() {
    assertThatThrownBy(() -> sample(0, new float[] {1, Float.NaN}))
        .hasMessageStartingWith("the network's answer to image has a logit that is NaN");
  }

  @Test
  void theNumbersAreThoseOfScikitLearn() throws Exception {
    JsonNode expected =
        new JsonMapper().readTree(Path.of("src/test/resources/evaluation/metrics.json"));
    Evaluation result = new Evaluation(Labels.numbered(8));
    for (int i = 0; i < expected.get("labels").size(); i++) {
      JsonNode row = expected.get("logits").get(i);
      float[] logits = new float[row.size()];
      for (int k = 0; k < logits.length; k++) {
        logits[k] = (float) row.get(k).asDouble();
      }
      result.add(sample(expected.get("labels").get(i).asInt(), logits));
    }

    assertThat(result.top1()).isEqualTo(expected.get("top1").asDouble());
    assertThat(result.top5()).isEqualTo(expected.get("top5").asDouble());
    assertThat(result.logLoss()).isCloseTo(expected.get("log_loss").asDouble(), within(1e-7));
    assertThat(result.calibrationError())
        .isCloseTo(expected.get("calibration_error").asDouble(), within(1e-7));
    assertThat(result.macroF1()).isCloseTo(expected.get("macro_f1").asDouble(), within(1e-12));
    List<ClassResult> classes = result.classes();
    for (int i = 0; i < 8; i++) {
      assertThat(classes.get(i).support()).isEqualTo(expected.get("support").get(i).asInt());
      assertThat(classes.get(i).precision())
          .isCloseTo(expected.get("precision").get(i).asDouble(), within(1e-12));
      assertThat(classes.get(i).recall())
          .isCloseTo(expected.get("recall").get(i).asDouble(), within(1e-12));
      assertThat(classes.get(i).f1())
          .isCloseTo(expected.get("f1").get(i).asDouble(), within(1e-12));
      for (int k = 0; k < 8; k++) {
        assertThat(result.confusion().getOrDefault(new Cell(i, k), 0))
            .isEqualTo(expected.get("confusion").get(i).get(k).asInt());
      }
    }
  }

  private static Evaluation of(int classes, List<Integer> labels, float[] logits) {
    Evaluation evaluation = new Evaluation(Labels.numbered(classes));
    labels.forEach(label -> evaluation.add(sample(label, logits)));
    return evaluation;
  }

  private static Sample sample(int label, float[] logits) {
    return new Sample(new Sample.Image("image", label, () -> new byte[0]), List.of(logits));
  }
}
