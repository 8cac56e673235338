package io.github.resnetserving.training;

import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.image.ImagePipeline;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.plan.torchscript.TrainingProgram;
import io.github.resnetserving.tensor.DType;
import io.github.resnetserving.tensor.Precision;
import io.github.resnetserving.training.Batches.Batch;
import io.github.resnetserving.training.DecodedImages.Budget;
import io.github.resnetserving.training.DecodedImages.Unreadable;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.ExecutorService;

/**
 * The images to learn from and those held out, as one preprocessing prepares them: the one that the
 * trained model is published with.
 */
final class TrainingSet {

  /** Images in a batch that is evaluated, which does not change the result. */
  private static final int EVALUATED = 100;

  private static final int AHEAD = 4;

  private final DataSource source;
  private final Split split;
  private final Preprocessing preprocessing;
  private final Unreadable unreadable;
  private final DecodedImages training;
  private final DecodedImages validation;

  /**
   * @param recipe says at which size images are kept
   * @param cache bytes of decoded images that may be in memory
   * @param skipped share of unreadable images that is borne
   */
  TrainingSet(
      DataSource source,
      Split split,
      Preprocessing preprocessing,
      Recipe recipe,
      ImagePipeline pipeline,
      long cache,
      double skipped) {
    this.source = source;
    this.split = split;
    this.preprocessing = preprocessing;
    Budget budget = new Budget(cache);
    this.unreadable = new Unreadable((int) Math.floor(skipped * source.count()));
    int edge =
        Augmentation.edge(recipe.augmentation(), preprocessing.crop(), preprocessing.resize());
    Preprocessing whole =
        new Preprocessing(
            edge,
            preprocessing.interpolation(),
            preprocessing.crop(),
            preprocessing.normalization());
    this.validation =
        new DecodedImages(
            source, encoded -> pipeline.prepare(encoded, preprocessing).crop(), budget, unreadable);
    this.training =
        new DecodedImages(source, encoded -> pipeline.resize(encoded, whole), budget, unreadable);
  }

  DataSource source() {
    return source;
  }

  Split split() {
    return split;
  }

  Preprocessing preprocessing() {
    return preprocessing;
  }

  /** The images that could not be read so far, with the reasons. */
  Map<String, String> unreadable() {
    return unreadable.reasons();
  }

  Batches batches(Recipe recipe) {
    return new Batches(training, preprocessing, recipe);
  }

  /** The program that trains a network on these images. */
  TrainingProgram program(Topology topology, Recipe recipe) {
    return new TrainingProgram(
        topology,
        preprocessing.crop(),
        preprocessing.normalization(),
        UpdateRules.of(topology, recipe, source.perClass(split.training())),
        recipe.precision() == Precision.BF16 ? DType.BF16 : DType.F32);
  }

  /** The network's own tensors among a program's. */
  SequencedMap<String, FloatTensor> network(
      Topology topology, SequencedMap<String, FloatTensor> tensors) {
    SequencedMap<String, FloatTensor> own = new LinkedHashMap<>(tensors);
    own.keySet().retainAll(topology.tensors().keySet());
    return own;
  }

  /** Evaluates a network on images as they are served. */
  Score score(
      TrainableNetwork network, List<Integer> positions, ExecutorService pool, Recipe recipe)
      throws IOException {
    Batches batches = new Batches(validation, preprocessing, recipe);
    Score score = Score.NONE;
    try (Prefetch<Batch> held =
        new Prefetch<>(
            pool,
            0,
            Math.ceilDiv(positions.size(), EVALUATED),
            AHEAD,
            index -> batches.validation(Trainer.batch(positions, index, EVALUATED)))) {
      while (held.hasNext()) {
        Batch batch = held.next();
        if (batch.count() > 0) {
          score = score.plus(Score.of(network.evaluate(batch), batch.labels()));
        }
      }
    }
    if (score.images() == 0) {
      throw new IOException("none of the held-out images can be read");
    }
    return score;
  }

  /** Tells this set from others. */
  @Override
  public String toString() {
    return "%d + %d images%s of %s"
        .formatted(
            split.training().size(),
            split.validation().size(),
            split.seldom().isEmpty() ? "" : ", %d seldom,".formatted(split.seldom().size()),
            preprocessing.id());
  }
}
