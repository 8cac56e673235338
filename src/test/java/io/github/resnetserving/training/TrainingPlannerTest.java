package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.graph.ArchitectureOptions;
import io.github.resnetserving.models.ModelRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingPlannerTest {

  private static final DataSummary PHOTOGRAPHS = new DataSummary(1000, 3, 300, 400, 500);
  private static final DataSummary SMALL = new DataSummary(1000, 3, 300, 400, 32);
  private static final Split SPLIT =
      new Split(
          IntStream.range(0, 900).boxed().toList(), IntStream.range(900, 1000).boxed().toList());

  @TempDir private Path folder;

  @Test
  void photographsStartFromTheModelForThemInsideTheProgram() throws Exception {
    TrainingPlan plan = plan(PHOTOGRAPHS, 0.01, wishes(null, Map.of()));

    assertThat(plan.start().name()).isEqualTo(ModelRepository.BUNDLED);
    assertThat(plan.preprocessing()).isEqualTo(plan.start().preprocessing());
    assertThat(plan.recipeName()).isEqualTo("fine-tune");
    assertThat(plan.recipe().epochs()).isEqualTo(20);
  }

  @Test
  void photographsMayStartFromRandomWeights() throws Exception {
    TrainingPlan plan = plan(PHOTOGRAPHS, 0.01, wishes("none", Map.of()));

    assertThat(plan.start().name()).isEqualTo("resnet18");
    assertThat(plan.start().isTrained()).isFalse();
    assertThat(plan.preprocessing().crop()).isEqualTo(128);
    assertThat(plan.preprocessing().resize()).isEqualTo(146);
    assertThat(plan.recipeName()).isEqualTo("default");
    assertThat(plan.recipe().epochs()).isEqualTo(44); // 8 min / (0.01 s · 933.3 · 1.15)
    assertThat(plan.minutes()).isBetween(7.8, 8.0);
  }

  @Test
  void smallImagesStartFromTheModelInsideTheProgram() throws Exception {
    TrainingPlan plan = plan(SMALL, 0.002, wishes(null, Map.of()));

    assertThat(plan.start().name()).isEqualTo(ModelRepository.BUNDLED_SMALL);
    assertThat(plan.start().topology().classes()).isEqualTo(3);
    assertThat(plan.preprocessing()).isEqualTo(plan.start().preprocessing());
    assertThat(plan.recipeName()).isEqualTo("fine-tune");
    assertThat(plan.recipe().epochs()).isEqualTo(20);
    assertThat(plan.reasons())
        .anyMatch(reason -> reason.startsWith("epochs      20, in about 43 seconds"));
  }

  @Test
  void aSlowMachineTakesSmallerImagesAndThenAtLeastThreeEpochs() throws Exception {
    TrainingPlan plan = plan(PHOTOGRAPHS, 1, wishes(null, Map.of()));

    assertThat(plan.preprocessing().crop()).isEqualTo(96);
    assertThat(plan.recipe().epochs()).isEqualTo(3);
    assertThat(plan.reasons().getLast())
        .startsWith("epochs      3, in about 54 minutes; at most 8 minutes");
  }

  @Test
  void whatIsSaidIsTaken() throws Exception {
    TrainingPlan plan = plan(SMALL, 1, wishes("none", Map.of("epochs", "2", "batch_size", "50")));

    assertThat(plan.start().name()).isEqualTo("cifar-resnet20");
    assertThat(plan.recipeName()).isEqualTo("cifar");
    assertThat(plan.recipe().epochs()).isEqualTo(2);
    assertThat(plan.recipe().batchSize()).isEqualTo(50);
    assertThat(plan.recipe().learningRate()).isEqualTo(0.3);
  }

  @Test
  void fewImagesGetSmallerBatchesAndAProportionalRate() throws Exception {
    Split few =
        new Split(
            IntStream.range(0, 90).boxed().toList(), IntStream.range(90, 100).boxed().toList());

    TrainingPlan plan = planner(0.001).plan(SMALL, few, wishes("none", Map.of()));

    assertThat(plan.recipe().batchSize()).isEqualTo(8);
    assertThat(plan.recipe().learningRate()).isEqualTo(0.3 * 8 / 128);
  }

  @Test
  void whatIsNoModelAndNoFileIsRefused() {
    assertThatThrownBy(() -> plan(SMALL, 1, wishes("resnet99", Map.of())))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "--from resnet99 is no model and no file. Models: cifar10-resnet20,"
                + " imagenette-resnet18");
  }

  @ParameterizedTest
  @CsvSource({
    "0.001, 1 second",
    "0.5, 30 seconds",
    "1.2, 1 minute",
    "14.4, 14 minutes",
    "150, 2.5 hours"
  })
  void timesAreSaidAsPeopleSayThem(double minutes, String words) {
    assertThat(TrainingPlanner.inWords(minutes)).isEqualTo(words);
  }

  private TrainingPlan plan(DataSummary data, double secondsPerImage, TrainingWishes wishes)
      throws IOException {
    return planner(secondsPerImage).plan(data, SPLIT, wishes);
  }

  private TrainingPlanner planner(double secondsPerImage) {
    return new TrainingPlanner(
        new ModelRepository(folder),
        (start, preprocessing, recipe) -> secondsPerImage,
        /* bf16= */ false);
  }

  private static TrainingWishes wishes(@Nullable String from, Map<String, String> overrides) {
    return new TrainingWishes(from, null, ArchitectureOptions.USUAL, null, null, overrides, 8);
  }
}
