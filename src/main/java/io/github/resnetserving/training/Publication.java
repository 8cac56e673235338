package io.github.resnetserving.training;

import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.evaluation.LearningCurve;
import io.github.resnetserving.models.CardFile;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.Labels.Label;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A trained network as a model: weights, labels, preprocessing, model card, learning curve.
 *
 * @param test accuracy on the images for testing, where there are some
 */
record Publication(
    TrainingPlan plan,
    TrainingSet data,
    TrainingRun.Settings settings,
    RunState end,
    OptionalDouble test) {

  private static final String WORDNET_ID = "n\\d{8}";

  /**
   * Adds the model.
   *
   * @param folder for the weights file until it is whole
   */
  ModelSpec publish(ModelRepository repository, Path folder) throws IOException {
    Path weights = folder.resolve("weights.safetensors");
    SafetensorsWriter.writeRounded(weights, end.best(), settings.weights(), Map.of("format", "pt"));
    String history =
        EpochResult.HEADER
            + "\n"
            + end.history().stream().map(EpochResult::toCsv).collect(Collectors.joining("\n"))
            + "\n";
    return repository.add(
        settings.name(),
        weights,
        plan.start().published(),
        data.preprocessing(),
        labels(data.source().classes()),
        Map.of(
            CardFile.NAME,
            utf8(new ModelCard(plan, data, settings, end, test).markdown()),
            "history.csv",
            utf8(history),
            "recipe.json",
            utf8(Recipes.json(plan.recipe())),
            "learning-curve.png",
            LearningCurve.png(
                "Training of " + settings.name(),
                end.history().stream().map(EpochResult::toEpoch).toList())));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Class folders' names; WordNet ids become the names that ImageNet gives them. */
  static Labels labels(List<String> classes) {
    if (!classes.stream().allMatch(name -> name.matches(WORDNET_ID))) {
      return new Labels(classes.stream().map(name -> new Label(null, name)).toList());
    }
    Map<String, Label> known =
        Labels.imageNet().entries().stream()
            .collect(Collectors.toMap(label -> String.valueOf(label.wnid()), Function.identity()));
    return new Labels(
        classes.stream().map(id -> known.getOrDefault(id, new Label(id, id))).toList());
  }
}
