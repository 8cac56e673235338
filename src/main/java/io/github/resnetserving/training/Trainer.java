package io.github.resnetserving.training;

import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.plan.torchscript.TrainingProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Trains a network on images in memory and keeps the weights that did best on the held-out ones.
 *
 * <p>Everything random follows from the recipe's seed, the epoch and the image's position, so that
 * an interrupted run goes on as if nothing had happened. Not thread-safe.
 */
final class Trainer {

  private static final int EVALUATION_BATCH = 250;

  private final Topology topology;
  private final Normalization normalization;
  private final Recipe recipe;
  private final ImageSet training;
  private final ImageSet validation;
  private final Augmentation augmentation;
  private final TrainingListener listener;

  Trainer(
      Topology topology,
      Normalization normalization,
      Recipe recipe,
      ImageSet training,
      ImageSet validation,
      TrainingListener listener) {
    this.topology = topology;
    this.normalization = normalization;
    this.recipe = recipe;
    this.training = training;
    this.validation = validation;
    this.augmentation = new Augmentation(training.size(), normalization);
    this.listener = listener;
  }

  /**
   * Trains to the recipe's end on the calling thread, from the state file if there is one.
   *
   * @param stateFile where the run's state is kept between epochs
   * @return the run's end
   * @throws IOException if the state file belongs to a run of another recipe, network or data
   */
  RunState run(Path stateFile) throws IOException {
    RunState state =
        Files.exists(stateFile)
            ? RunState.load(stateFile, fingerprint())
            : RunState.start(Initialization.random(topology, recipe.seed()));
    if (state.history().size() >= recipe.epochs()) {
      return state;
    }
    TrainingProgram program = new TrainingProgram(topology, training.size(), normalization);
    try (TrainableNetwork network =
        TrainableNetwork.load(program, training.size(), topology.classes(), state.weights())) {
      network.restoreVelocities(state.velocities());
      while (state.history().size() < recipe.epochs()) {
        EpochResult result = epoch(network, state.history().size() + 1);
        state = state.after(result, network.weights(), network.velocities());
        state.save(stateFile, fingerprint());
        listener.onEpoch(result);
      }
    }
    return state;
  }

  /** What must be the same for a run to go on. */
  private String fingerprint() {
    return "%s; ResNet of %d layers, width %d, %d classes; %d + %d images of %d pixels"
        .formatted(
            recipe,
            topology.depth(),
            topology.width(),
            topology.classes(),
            training.count(),
            validation.count(),
            training.size());
  }

  private EpochResult epoch(TrainableNetwork network, int epoch) {
    long start = System.nanoTime();
    List<Integer> order = order(epoch);
    int steps = (order.size() + recipe.batchSize() - 1) / recipe.batchSize();
    byte[] pixels = new byte[recipe.batchSize() * bytesPerImage()];
    double loss = 0;
    int correct = 0;
    int seen = 0;
    for (int step = 0; step < steps; step++) {
      List<Integer> batch = order.subList(seen, Math.min(order.size(), seen + recipe.batchSize()));
      for (int i = 0; i < batch.size(); i++) {
        int position = batch.get(i);
        augmentation.apply(
            training.images().get(position),
            new SplittableRandom(mix(epoch, position)),
            pixels,
            i * bytesPerImage());
      }
      double progress = (epoch - 1 + (double) step / steps) / recipe.epochs();
      TrainableNetwork.StepResult result =
          network.step(
              pixels,
              labels(training, batch),
              recipe.schedule().rate(progress),
              recipe.momentum(),
              recipe.weightDecay());
      loss += result.loss() * batch.size();
      correct += result.correct();
      seen += batch.size();
      listener.onStep(epoch, seen, loss / seen, (double) correct / seen);
    }
    double validated = accuracy(network);
    double seconds = (System.nanoTime() - start) / 1e9;
    return new EpochResult(epoch, loss / seen, (double) correct / seen, validated, seconds);
  }

  private List<Integer> order(int epoch) {
    List<Integer> order =
        IntStream.range(0, training.count())
            .boxed()
            .collect(Collectors.toCollection(ArrayList::new));
    Collections.shuffle(order, new Random(mix(epoch, -1)));
    return order;
  }

  private long mix(int epoch, int position) {
    return (recipe.seed() * 1_000_003 + epoch) * 1_000_003 + position;
  }

  /** Share of the held-out images that the network gets right. */
  private double accuracy(TrainableNetwork network) {
    int correct = 0;
    byte[] pixels = new byte[EVALUATION_BATCH * bytesPerImage()];
    for (int from = 0; from < validation.count(); from += EVALUATION_BATCH) {
      int to = Math.min(validation.count(), from + EVALUATION_BATCH);
      List<Integer> batch = IntStream.range(from, to).boxed().toList();
      for (int i = from; i < to; i++) {
        System.arraycopy(
            validation.images().get(i), 0, pixels, (i - from) * bytesPerImage(), bytesPerImage());
      }
      correct +=
          TrainableNetwork.correct(
              network.evaluate(pixels, to - from), labels(validation, batch), topology.classes());
    }
    return (double) correct / validation.count();
  }

  private static int[] labels(ImageSet set, List<Integer> positions) {
    return positions.stream().mapToInt(set.labels()::get).toArray();
  }

  private int bytesPerImage() {
    return training.size() * training.size() * 3;
  }
}
