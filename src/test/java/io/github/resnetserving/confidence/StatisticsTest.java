package io.github.resnetserving.confidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.confidence.Statistics.Answered;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Compared with SciPy and scikit-learn by confidence/make.py, and with closed forms. */
class StatisticsTest {

  private static JsonNode expected() throws Exception {
    return new JsonMapper()
        .readTree(Files.readString(Path.of("src/test/resources/confidence/expected.json")));
  }

  private static double[] numbers(JsonNode array) {
    double[] numbers = new double[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = array.get(i).asDouble();
    }
    return numbers;
  }

  private static float[] floats(JsonNode array) {
    float[] numbers = new float[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) array.get(i).asDouble();
    }
    return numbers;
  }

  private static List<float[]> rows(JsonNode matrix) {
    List<float[]> rows = new ArrayList<>();
    matrix.forEach(row -> rows.add(floats(row)));
    return rows;
  }

  @Test
  void theTemperatureIsThatOfTheLeastCrossEntropy() throws Exception {
    JsonNode expected = expected();
    List<Integer> labels = new ArrayList<>();
    expected.get("labels").forEach(label -> labels.add(label.asInt()));

    assertThat(Temperature.fit(rows(expected.get("logits")), labels))
        .isCloseTo(expected.get("temperature").asDouble(), within(1e-6));
  }

  @Test
  void threeOfFourRightAtAnOddsOfNineIsATemperatureOfTwo() {
    // exp(ln 9 / T) must be 3: T is 2.
    float[] row = {(float) Math.log(9), 0};

    assertThat(Temperature.fit(List.of(row, row, row, row), List.of(0, 0, 0, 1)))
        .isCloseTo(2, within(1e-7));
  }

  @Test
  void answersThatAreAllRightOrAllWrongHaveNoTemperature() {
    float[] row = {3, 0};

    assertThatThrownBy(() -> Temperature.fit(List.of(row, row), List.of(0, 0)))
        .hasMessage(
            "no temperature can be fitted: nearly every answer on these 2 images is right; take"
                + " images that the network did not learn from");
    assertThatThrownBy(() -> Temperature.fit(List.of(row, row), List.of(1, 1)))
        .hasMessage(
            "no temperature can be fitted: the answers on these 2 images are no better than chance;"
                + " do the folders belong to this model's classes?");
  }

  @Test
  void theEnergyIsMinusTheLogarithmOfTheSumOfExponentials() throws Exception {
    List<float[]> logits = rows(expected().get("logits"));
    double[] energies = numbers(expected().get("energies"));

    for (int i = 0; i < energies.length; i++) {
      assertThat(new NoveltyScore.Energy().of(logits.get(i), new float[0]))
          .isCloseTo(energies[i], within(1e-12));
    }
  }

  @Test
  void distancesToTheNearestAreThoseOfScikitLearn() throws Exception {
    ReferenceFeatures references = ReferenceFeatures.of(rows(expected().get("features")));
    double[] distances = numbers(expected().get("distances"));

    for (int k = 1; k <= distances.length; k++) {
      assertThat(references.distance(floats(expected().get("query")), k, -1))
          .isCloseTo(distances[k - 1], within(1e-5));
    }
  }

  @Test
  void aReferenceIsNotItsOwnNeighbour() {
    ReferenceFeatures references =
        ReferenceFeatures.of(List.of(new float[] {5, 0}, new float[] {0, 1}));

    assertThat(references.distance(new float[] {1, 0}, 1, -1)).isZero();
    assertThat(references.distance(new float[] {1, 0}, 1, 0)).isCloseTo(Math.sqrt(2), within(1e-6));
  }

  @Test
  void theAurocIsThatOfScikitLearnWithTies() throws Exception {
    assertThat(
            Statistics.auroc(numbers(expected().get("known")), numbers(expected().get("unknown"))))
        .isCloseTo(expected().get("auroc").asDouble(), within(1e-12));
    assertThat(Statistics.auroc(new double[] {1, 1}, new double[] {1})).isEqualTo(0.5);
  }

  @Test
  void aThresholdIsTheSmallestConfidenceFromWhichThePrecisionHolds() {
    List<Answered> answers =
        List.of(
            new Answered(0, 0.9, true),
            new Answered(0, 0.8, false),
            new Answered(0, 0.7, true),
            new Answered(0, 0.6, true), // three of four
            new Answered(0, 0.5, false),
            new Answered(1, 0.9, false),
            new Answered(1, 0.9, true)); // equal: half, whichever comes first

    assertThat(Statistics.thresholds(answers, 3, 0.75)).containsExactly(0.6, null, null);
    assertThat(Statistics.thresholds(answers, 3, 0.5)).containsExactly(0.5, 0.9, null);
    assertThat(Statistics.thresholds(answers, 3, 0.95)).containsExactly(0.9, null, null);
  }

  @Test
  void theStabilityIndexIsZeroForEqualSharesAndItsFormulaElse() {
    assertThat(Statistics.stability(List.of(0.5, 0.5), new int[] {500, 500})).isZero();
    double more = 900.5 / 1001;
    double less = 100.5 / 1001;
    assertThat(Statistics.stability(List.of(0.5, 0.5), new int[] {900, 100}))
        .isCloseTo(
            (more - 0.5) * Math.log(more / 0.5) + (less - 0.5) * Math.log(less / 0.5),
            within(1e-12));
  }

  @Test
  void quantilesAreEvenlySpacedAndClassesAreGroupedBeyondTwenty() {
    assertThat(Statistics.quantiles(new double[] {3, 1, 2}, 5)).containsExactly(1.0, 2.0, 3.0);
    assertThat(Statistics.quantiles(new double[] {4, 1, 2, 3}, 2)).containsExactly(2.0, 4.0);
    assertThat(Reference.group(9, 10)).isEqualTo(9);
    assertThat(Reference.group(49, 1000)).isZero();
    assertThat(Reference.group(999, 1000)).isEqualTo(19);
    assertThat(Reference.bin(0)).isZero();
    assertThat(Reference.bin(0.1)).isZero();
    assertThat(Reference.bin(1)).isEqualTo(9);
  }
}
