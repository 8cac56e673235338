package io.github.resnetserving.training;

import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.training.Batches.Batch;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Times some steps on real images, to foresee how long an epoch takes. What is learnt is thrown
 * away.
 */
final class WarmUp {

  private static final int MOST_IMAGES = 64;
  private static final int MOST_STEPS = 4;
  private static final double ENOUGH_SECONDS = 1.5;

  private final TrainingSet data;
  private final Recipe recipe;
  private final int loaders;

  WarmUp(TrainingSet data, Recipe recipe, int loaders) {
    this.data = data;
    this.recipe = recipe;
    this.loaders = loaders;
  }

  /** Seconds for each image: augmentation on the loaders' threads, then the step. */
  double secondsPerImage(Topology topology, Map<String, FloatTensor> tensors) throws IOException {
    List<Integer> training = data.split().training();
    int count = Math.min(Math.min(recipe.batchSize(), MOST_IMAGES), training.size());
    Batches batches = data.batches(recipe);
    int side = data.preprocessing().crop();
    var _ = batches.training(training.subList(0, count), 1, 0, side); // decodes
    long before = System.nanoTime();
    Batch batch = batches.training(training.subList(0, count), 1, 0, side);
    double augmentation = (System.nanoTime() - before) / 1e9 / loaders;
    try (TrainableNetwork network =
        TrainableNetwork.load(data.program(topology, recipe), topology.classes(), tensors)) {
      network.step(batch, recipe.learningRate(), 1, 0); // the first takes longer
      double seconds = 0;
      int steps = 0;
      while (steps < MOST_STEPS && seconds < ENOUGH_SECONDS) {
        before = System.nanoTime();
        network.step(batch, recipe.learningRate(), 1, 0);
        seconds += (System.nanoTime() - before) / 1e9;
        steps++;
      }
      return (seconds / steps + augmentation) / batch.count();
    }
  }
}
