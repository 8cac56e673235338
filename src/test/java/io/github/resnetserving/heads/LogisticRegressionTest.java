package io.github.resnetserving.heads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.heads.LogisticRegression.Model;
import io.github.resnetserving.heads.LogisticRegression.Validation;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Compared with scikit-learn: {@code src/test/resources/heads/make_logistic.py} wrote its numbers.
 */
class LogisticRegressionTest {
  private static final int CLASSES = 3;

  private final JsonNode expected = read();
  private final float[][] features = rows(expected.get("features"));
  private final int[] labels =
      expected.get("labels").valueStream().mapToInt(JsonNode::asInt).toArray();

  @Test
  void weightsAndProbabilitiesAreThoseOfScikitLearn() {
    for (JsonNode fit : expected.get("fits")) {
      double c = fit.get("c").asDouble();

      Model model = LogisticRegression.fit(features, labels, CLASSES, c);

      for (int k = 0; k < CLASSES; k++) {
        for (int j = 0; j < features[0].length; j++) {
          assertThat((double) model.weights()[k][j])
              .as("weight of class %d and feature %d at c = %s", k, j, c)
              .isCloseTo(fit.get("weights").get(k).get(j).asDouble(), within(5e-3));
        }
      }
      for (int i = 0; i < fit.get("probabilities").size(); i++) {
        double[] probabilities = model.probabilities(features[i]);
        for (int k = 0; k < CLASSES; k++) {
          assertThat(probabilities[k])
              .isCloseTo(fit.get("probabilities").get(i).get(k).asDouble(), within(5e-4));
        }
      }
    }
  }

  @Test
  void theGradientIsTheSlopeOfTheLoss() {
    LogLoss loss = new LogLoss(features, new double[features[0].length], labels, CLASSES, 0.5);
    double[] point = new Random(3).doubles((long) CLASSES * (features[0].length + 1)).toArray();
    double[] gradient = new double[point.length];
    loss.evaluate(point, gradient);

    for (int i = 0; i < point.length; i++) {
      double[] above = point.clone();
      double[] below = point.clone();
      above[i] += 1e-5;
      below[i] -= 1e-5;
      double[] unused = new double[point.length];
      double slope = (loss.evaluate(above, unused) - loss.evaluate(below, unused)) / 2e-5;
      assertThat(gradient[i]).isCloseTo(slope, within(1e-8));
    }
  }

  @Test
  void fewSamplesOfManyFeaturesGiveTheModelThatAllFeaturesGive() {
    Random random = new Random(5);
    float[][] few = new float[30][200];
    float[][] many = new float[60][]; // each sample twice at half the strength is the same problem
    int[] fewLabels = new int[30];
    int[] manyLabels = new int[60];
    for (int i = 0; i < 30; i++) {
      fewLabels[i] = i % CLASSES;
      for (int j = 0; j < 200; j++) {
        few[i][j] = 2 + (float) random.nextGaussian() + (j % CLASSES == fewLabels[i] ? 0.3f : 0);
      }
      many[i] = many[i + 30] = few[i];
      manyLabels[i] = manyLabels[i + 30] = fewLabels[i];
    }

    Model ofFew = LogisticRegression.fit(few, fewLabels, CLASSES, 0.5);
    Model ofMany = LogisticRegression.fit(many, manyLabels, CLASSES, 0.25);

    for (int k = 0; k < CLASSES; k++) {
      assertThat(ofFew.weights()[k]).containsExactly(ofMany.weights()[k], within(2e-5f));
      assertThat(ofFew.bias()[k]).isCloseTo(ofMany.bias()[k], within(1e-3f));
    }
  }

  @Test
  void equalSamplesOfTwoClassesGiveTheClassesShares() {
    float[][] equal = new float[4][40];

    Model model = LogisticRegression.fit(equal, new int[] {0, 0, 0, 1}, 2, 1);

    assertThat(model.probabilities(equal[0]))
        .containsExactly(new double[] {0.75, 0.25}, within(1e-6));
  }

  @Test
  void crossValidationAnswersEachSampleByAModelThatHasNotSeenIt() {
    Validation validation = LogisticRegression.crossValidate(features, labels, CLASSES, 5, 1);

    assertThat(validation.probabilities()).hasNumberOfRows(labels.length);
    assertThat(validation.accuracy()).isBetween(0.6, 0.95);
    assertThat(validation.c()).isBetween(1e-4, 1e4);
    float[][] again =
        LogisticRegression.crossValidate(features, labels, CLASSES, 5, 1).probabilities();
    assertThat(again).isDeepEqualTo(validation.probabilities());
  }

  @Test
  void aSampleThatOnlyItsOwnLabelCouldExplainIsNotLearntByHeart() {
    float[][] separate = new float[20][1];
    int[] classes = new int[20];
    for (int i = 0; i < 20; i++) {
      separate[i][0] = i < 10 ? -1 : 1;
      classes[i] = i < 10 ? 0 : 1;
    }
    classes[0] = 1;

    Validation validation = LogisticRegression.crossValidate(separate, classes, 2, 5, 1);

    assertThat(validation.accuracy()).isEqualTo(0.95);
    assertThat(validation.probabilities()[0][1]).isLessThan(0.5f);
  }

  @Test
  void aClassWithoutASampleGetsALowProbability() {
    Model model = LogisticRegression.fit(new float[][] {{-1}, {1}}, new int[] {0, 1}, 3, 100);

    assertThat(model.probabilities(new float[] {1})[2]).isLessThan(0.05);
  }

  @Test
  void whatDoesNotFitTogetherIsRefused() {
    float[][] two = {{1}, {2}};
    assertThatThrownBy(() -> LogisticRegression.fit(two, new int[] {0}, 2, 1))
        .hasMessageStartingWith("2 rows of features, 1 labels and 2 classes");
    assertThatThrownBy(() -> LogisticRegression.fit(two, new int[] {0, 2}, 2, 1))
        .hasMessage("the label 2 of 2 classes");
    assertThatThrownBy(
            () -> LogisticRegression.fit(new float[][] {{1}, {2, 3}}, new int[] {0, 1}, 2, 1))
        .hasMessage("rows of 1 and of 2 features");
    assertThatThrownBy(() -> LogisticRegression.crossValidate(two, new int[] {0, 1}, 2, 3, 1))
        .hasMessage("2 samples cannot be cut into 3 folds");
  }

  private static JsonNode read() {
    try (InputStream in =
        Objects.requireNonNull(
            LogisticRegressionTest.class.getResourceAsStream("/heads/logistic.json"))) {
      return JsonMapper.shared().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static float[][] rows(JsonNode array) {
    float[][] rows = new float[array.size()][];
    for (int i = 0; i < rows.length; i++) {
      JsonNode row = array.get(i);
      rows[i] = new float[row.size()];
      for (int j = 0; j < rows[i].length; j++) {
        rows[i][j] = (float) row.get(j).asDouble();
      }
    }
    return rows;
  }
}
