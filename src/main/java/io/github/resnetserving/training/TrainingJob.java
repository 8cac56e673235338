package io.github.resnetserving.training;

import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.evaluation.LearningCurve;
import io.github.resnetserving.graph.Architecture;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Label;
import io.github.resnetserving.models.Labels;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.Variant;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * From labelled images to a model that can be served.
 *
 * @param name what requests will call the model
 * @param architecture the network's name, see {@link Architecture}
 * @param recipe how to train
 * @param preprocessing how images were brought to size, and how to standardise them
 * @param validationShare share of each class that is held out, above 0 and below 1
 * @param data where the images came from, in words
 * @param license of the result, in words
 */
public record TrainingJob(
    String name,
    String architecture,
    Recipe recipe,
    Preprocessing preprocessing,
    double validationShare,
    String data,
    String license) {

  private static final String WORDNET_ID = "n\\d{8}";

  public TrainingJob {
    if (!(validationShare > 0 && validationShare < 1)) {
      throw new IllegalArgumentException(
          "the validation share is %s: it must be between 0 and 1".formatted(validationShare));
    }
  }

  /** The images that are held out, in order: the same for the same seed and share. */
  public Split split(ImageSet images) {
    return Split.stratified(
        images.labels(), images.classes().size(), validationShare, recipe.seed());
  }

  /**
   * Trains on the calling thread, which must have adopted the native engine, and adds the best
   * weights to the repository with a model card.
   *
   * @param runFolder where the run's state is kept; a run that was killed goes on from there
   */
  public ModelSpec run(
      ImageSet images, Path runFolder, ModelRepository repository, TrainingListener listener)
      throws IOException {
    Files.createDirectories(runFolder);
    Topology topology = Architecture.named(architecture, images.classes().size());
    Split split = split(images);
    ImageSet training = images.select(split.training());
    ImageSet validation = images.select(split.validation());
    Trainer trainer =
        new Trainer(
            topology, preprocessing.normalization(), recipe, training, validation, listener);
    RunState end = trainer.run(runFolder.resolve("state.safetensors"));

    Path weights = runFolder.resolve("weights.safetensors");
    SafetensorsWriter.write(weights, end.best(), Map.of("format", "pt"));
    ModelCard card = new ModelCard(name, architecture, data, license);
    String markdown =
        card.markdown(topology, recipe, training, validation, end.history(), end.bestEpoch());
    byte[] curve =
        LearningCurve.png(
            "Training of " + name, end.history().stream().map(EpochResult::toEpoch).toList());
    return repository.add(
        name,
        weights,
        NetworkOptions.of(Variant.V1_5),
        preprocessing,
        labels(images.classes()),
        Map.of(
            "MODEL_CARD.md",
            markdown.getBytes(StandardCharsets.UTF_8),
            "learning-curve.png",
            curve));
  }

  /** Class folders' names; WordNet ids become the names that ImageNet gives them. */
  private static Labels labels(List<String> classes) {
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
