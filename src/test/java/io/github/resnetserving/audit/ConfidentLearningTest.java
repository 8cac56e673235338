package io.github.resnetserving.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.resnetserving.audit.ConfidentLearning.Suspect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Labels that are likely wrong. */
class ConfidentLearningTest {

  /**
   * The mean of 0.9, 0.8 and 0.1 is 0.6, that of 0.7 and 0.9 is 0.8. The third image counts for
   * class 1, the fourth for none, so that the rows of the joint are 2, 1 and 0, 1; the second row
   * is scaled to its two images.
   */
  @Test
  void aCaseCanBeComputedByHand() {
    float[][] probabilities = {
      {0.9f, 0.1f}, {0.8f, 0.2f}, {0.1f, 0.9f}, {0.3f, 0.7f}, {0.1f, 0.9f}
    };

    ConfidentLearning found = ConfidentLearning.of(probabilities, new int[] {0, 0, 0, 1, 1});

    assertThat(found.thresholds().get(0)).isCloseTo(0.6, within(1e-6));
    assertThat(found.thresholds().get(1)).isCloseTo(0.8, within(1e-6));
    assertThat(found.joint()).containsExactly(List.of(2, 1), List.of(0, 2));
    assertThat(found.suspects()).containsExactly(new Suspect(2, 0, 1, 0.1f, 0.9f));
    assertThat(found.suspects().getFirst().credibility()).isCloseTo(0.1, within(1e-6));
  }

  @Test
  void aLabelThatIsTheMostProbableIsNoSuspect() {
    float[][] probabilities = {{0.9f, 0.1f}, {0.6f, 0.4f}, {0.4f, 0.6f}, {0.45f, 0.55f}};

    ConfidentLearning found = ConfidentLearning.of(probabilities, new int[] {0, 0, 1, 1});

    assertThat(found.suspects()).isEmpty();
  }

  @Test
  void aClassWithoutImagesIsNoBodysBetterClass() {
    float[][] probabilities = {{0.6f, 0.3f, 0.1f}, {0.3f, 0.6f, 0.1f}};

    ConfidentLearning found = ConfidentLearning.of(probabilities, new int[] {0, 1});

    assertThat(found.joint()).containsExactly(List.of(1, 0, 0), List.of(0, 1, 0), List.of(0, 0, 0));
    assertThat(found.suspects()).isEmpty();
  }

  /** Its file was written by src/test/python/cleanlab_fixture.py. */
  @Test
  void whatCleanlabFindsIsFound() throws Exception {
    List<float[]> probabilities = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    List<Integer> issues = new ArrayList<>();
    List<List<Integer>> joint = new ArrayList<>();
    List<Double> thresholds = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("src/test/resources/audit/cleanlab.csv"))) {
      List<String> fields = List.of(line.split(",", -1));
      List<String> numbers = fields.subList(1, 5);
      switch (fields.getFirst()) {
        case "#joint" -> joint.add(numbers.stream().map(Integer::valueOf).toList());
        case "#thresholds" -> thresholds.addAll(numbers.stream().map(Double::valueOf).toList());
        default -> {
          if (fields.getLast().equals("1")) {
            issues.add(labels.size());
          }
          labels.add(Integer.valueOf(fields.getFirst()));
          float[] row = new float[4];
          for (int c = 0; c < 4; c++) {
            row[c] = Float.parseFloat(numbers.get(c));
          }
          probabilities.add(row);
        }
      }
    }

    ConfidentLearning found =
        ConfidentLearning.of(
            probabilities.toArray(float[][]::new),
            labels.stream().mapToInt(Integer::intValue).toArray());

    for (int c = 0; c < 4; c++) {
      assertThat(found.thresholds().get(c)).isCloseTo(thresholds.get(c), within(1e-8));
    }
    assertThat(found.joint()).isEqualTo(joint);
    Stream<Integer> rows = found.suspects().stream().map(Suspect::row).sorted();
    assertThat(rows).containsExactlyElementsOf(issues);
  }
}
