package io.github.resnetserving.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.plan.torchscript.UpdateRule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class RecipesTest {

  static final List<String> NAMES = Recipes.NAMES;

  @ParameterizedTest
  @FieldSource("NAMES")
  void everyRecipeIsTheSameAfterItIsWrittenAndRead(String name) throws Exception {
    Recipe recipe = Recipes.read(name, Map.of());

    assertThat(Recipes.ofJson(Recipes.json(recipe))).isEqualTo(recipe);
  }

  @Test
  void kerasFineTuningIsWhatTheWriteUpDid() throws Exception {
    Recipe recipe = Recipes.read("keras-fine-tune", Map.of());

    assertThat(recipe.epochs()).isEqualTo(10);
    assertThat(recipe.batchSize()).isEqualTo(16);
    assertThat(recipe.learningRate()).isEqualTo(1e-3);
    assertThat(recipe.schedule()).isEqualTo(new Schedule.Inverse(1e-6));
    assertThat(recipe.optimizer().formula()).isEqualTo(new UpdateRule.Sgd(0.9, true));
    assertThat(recipe.augmentation()).containsExactly(new Augmentation.Flip(0.5));
    assertThat(recipe.weightDecay() + recipe.labelSmoothing() + recipe.average()).isZero();
  }

  @Test
  void he2015IsWhatThePaperSays() throws Exception {
    Recipe recipe = Recipes.read("he2015", Map.of());

    assertThat(recipe.batchSize()).isEqualTo(256);
    assertThat(recipe.learningRate()).isEqualTo(0.1);
    assertThat(recipe.weightDecay()).isEqualTo(1e-4);
    assertThat(recipe.schedule()).isEqualTo(new Schedule.Plateau(0.1, 3));
    assertThat(recipe.optimizer().formula()).isEqualTo(new UpdateRule.Sgd(0.9, false));
    assertThat(recipe.augmentation())
        .containsExactly(
            new Augmentation.ScaleCrop(256, 480),
            new Augmentation.Flip(0.5),
            new Augmentation.PcaColor(0.1));
    assertThat(Recipes.read("he2015-cifar", Map.of()).augmentation())
        .containsExactly(new Augmentation.PadCrop(0), new Augmentation.Flip(0.5));
  }

  @Test
  void fieldsCanBeReplacedOneByOne(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("own.json");
    Files.writeString(file, "{\"batch_size\": 8, \"learning_rate\": 0.5, \"epochs\": 2}");

    Recipe recipe =
        Recipes.read(
            file.toString(),
            Map.of("epochs", "7", "schedule", "cosine", "optimizer", "adamw", "seed", "9"));

    assertThat(recipe.epochs()).isEqualTo(7);
    assertThat(recipe.batchSize()).isEqualTo(8);
    assertThat(recipe.schedule()).isEqualTo(new Schedule.Cosine(0.05));
    assertThat(recipe.optimizer().kind()).isEqualTo("adamw");
    assertThat(recipe.seed()).isEqualTo(9);
  }

  @Test
  void whatIsUnknownOrImpossibleIsNamed() {
    assertThatThrownBy(() -> Recipes.read("fast", Map.of()))
        .hasMessageStartingWith(
            "there is no recipe \"fast\": take default, progressive, fine-tune,");
    assertThatThrownBy(() -> Recipes.read("default", Map.of("epoch", "3")))
        .hasMessageContaining("the recipe default cannot be taken")
        .hasMessageContaining("epoch");
    assertThatThrownBy(() -> Recipes.read("default", Map.of("label_smoothing", "1.5")))
        .hasMessageContaining("label_smoothing is 1.5: it must be from 0 to below 1");
    assertThatThrownBy(() -> Recipes.read("default", Map.of("schedule", "zigzag")))
        .hasMessageContaining("zigzag");
  }

  @Test
  void partsHaveTheirOwnRatesAndNormsNeedNotDecay() throws Exception {
    Recipe recipe =
        Recipes.read("fine-tune", Map.of("freeze", "1", "stage_rates", "[1, 0.1, 0.2, 0.3, 4]"));

    UpdateRule rule = UpdateRules.of(Architecture.named("cifar-resnet8", 2), recipe, List.of(3, 1));

    assertThat(rule.groups().stream().map(UpdateRule.Group::rate).distinct())
        .containsExactly(0.1, 0.2, 0.3, 4.0);
    assertThat(rule.groups())
        .allSatisfy(group -> {
          boolean decays =
              group.tensors().stream()
                  .allMatch(name -> name.matches(".*(conv\\d|linear)\\.weight"));
          assertThat(group.decay()).isEqualTo(decays ? 1e-4 : 0);
        });
    assertThat(rule.groups().stream().flatMap(group -> group.tensors().stream()))
        .noneMatch(name -> name.startsWith("conv1") || name.startsWith("bn1"));
  }

  @Test
  void rareClassesCountMoreByTheInverseOfTheirFrequency() throws Exception {
    Recipe recipe = Recipes.read("default", Map.of("class_weights", "true"));

    UpdateRule rule =
        UpdateRules.of(Architecture.named("cifar-resnet8", 2), recipe, List.of(30, 10));

    assertThat(rule.classWeights()).containsExactly(40 / 60.0, 2.0);
  }

  @Test
  void imagesGrowInTheCourseOfARun() throws Exception {
    Recipe recipe =
        Recipes.read(
            "default",
            Map.of(
                "image_sizes", "[{\"from\": 0, \"scale\": 0.6}, {\"from\": 0.5, \"scale\": 1}]"));

    assertThat(recipe.side(128, 0)).isEqualTo(80);
    assertThat(recipe.side(128, 0.5)).isEqualTo(128);
  }
}
