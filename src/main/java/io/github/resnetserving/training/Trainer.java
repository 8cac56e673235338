package io.github.resnetserving.training;

import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.plan.torchscript.TrainingProgram;
import io.github.resnetserving.training.Batches.Batch;
import io.github.resnetserving.training.RunState.Partial;
import io.github.resnetserving.training.TrainableNetwork.StepResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Trains a network and keeps the weights that did best on the held-out images. Other threads decode
 * and augment ahead.
 *
 * <p>Everything random follows from the recipe's seed, the epoch and the image's position, so that
 * an interrupted run goes on as if nothing had happened. Not thread-safe.
 */
final class Trainer {

  private final Topology topology;
  private final TrainingSet data;
  private final Recipe recipe;
  private final Duration saveEvery;
  private final int threads;
  private final TrainingRun.Listener listener;

  /**
   * @param saveEvery how long a run may lose within an epoch
   * @param threads that decode and augment
   */
  Trainer(
      Topology topology,
      TrainingSet data,
      Recipe recipe,
      Duration saveEvery,
      int threads,
      TrainingRun.Listener listener) {
    this.topology = topology;
    this.data = data;
    this.recipe = recipe;
    this.saveEvery = saveEvery;
    this.threads = threads;
    this.listener = listener;
  }

  /**
   * Trains to the recipe's end on the calling thread, from the state file if there is one.
   *
   * @param stateFile where the run's state is kept
   * @param start the weights to start from
   * @return the run's end
   * @throws IOException if the state file belongs to a run of another recipe, network or data
   */
  RunState run(Path stateFile, SequencedMap<String, FloatTensor> start) throws IOException {
    RunState state =
        Files.exists(stateFile) ? RunState.load(stateFile, fingerprint()) : RunState.start(start);
    if (isOver(state.history())) {
      return state;
    }
    TrainingProgram program = data.program(topology, recipe);
    try (TrainableNetwork network =
            TrainableNetwork.load(program, topology.classes(), state.tensors());
        ExecutorService pool =
            Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().daemon().name("loader-", 0).factory())) {
      while (!isOver(state.history())) {
        state = new Epoch(network, pool, state, stateFile).run();
        state.save(stateFile, fingerprint());
        listener.onEpoch(state.history().getLast());
      }
    }
    return state;
  }

  private boolean isOver(List<EpochResult> history) {
    if (history.size() >= recipe.epochs()) {
      return true;
    }
    if (recipe.earlyStop() == 0 || history.isEmpty()) {
      return false;
    }
    int best = RunState.best(history).epoch();
    return history.size() - best >= recipe.earlyStop();
  }

  /** What must be the same for a run to go on. */
  private String fingerprint() {
    return "%s; ResNet of %d layers, width %d, %d classes; %s"
        .formatted(recipe, topology.depth(), topology.width(), topology.classes(), data);
  }

  /** One epoch, or what is left of it. */
  private final class Epoch {

    private final TrainableNetwork network;
    private final ExecutorService pool;
    private final RunState before;
    private final Path stateFile;
    private final int number;
    private final List<Integer> order;
    private final int steps;
    private double loss;
    private int correct;
    private int seen;
    private final long start = System.nanoTime();
    private long saved = System.nanoTime();

    Epoch(TrainableNetwork network, ExecutorService pool, RunState before, Path stateFile) {
      this.network = network;
      this.pool = pool;
      this.before = before;
      this.stateFile = stateFile;
      this.number = before.history().size() + 1;
      Split split = data.split();
      this.order = split.shown(data.batches(recipe).order(split.training(), number));
      this.steps = Math.ceilDiv(order.size(), recipe.batchSize());
      this.loss = before.partial().loss();
      this.correct = before.partial().correct();
      this.seen = before.partial().seen();
    }

    RunState run() throws IOException {
      Batches batches = data.batches(recipe);
      int side = recipe.side(data.preprocessing().crop(), progress(0));
      try (Prefetch<Batch> training =
          new Prefetch<>(
              pool,
              before.partial().steps(),
              steps,
              2 * threads + 1,
              index ->
                  batches.training(batch(order, index, recipe.batchSize()), number, index, side))) {
        for (int step = before.partial().steps(); training.hasNext(); step++) {
          learn(training.next(), step);
          boolean stops = listener.isStopping();
          boolean due = System.nanoTime() - saved > saveEvery.toNanos();
          if ((stops || due) && step + 1 < steps) {
            Partial partial = new Partial(step + 1, seen, loss, correct, seconds());
            before.within(network.state(), partial).save(stateFile, fingerprint());
            saved = System.nanoTime();
          }
          if (stops) {
            throw new IOException(
                "stopped in epoch %d: give the same command again, and it goes on"
                    .formatted(number));
          }
        }
      }
      return validated();
    }

    private double progress(int step) {
      return (number - 1 + (double) step / steps) / recipe.epochs();
    }

    private double seconds() {
      return before.partial().seconds() + (System.nanoTime() - start) / 1e9;
    }

    private void learn(Batch batch, int step) throws IOException {
      if (batch.count() == 0 || (batch.count() == 1 && recipe.batchSize() > 1 && steps > 1)) {
        return; // a batch norm learns nothing from one image
      }
      long done = (long) (number - 1) * steps + step;
      double rate =
          recipe.learningRate() * recipe.schedule().factor(progress(step), done, before.history());
      StepResult result = network.step(batch, rate, done + 1, recipe.average(done));
      if (!Float.isFinite(result.loss())) {
        throw new IOException(
            "training diverged in epoch %d: the loss is %s. Take a lower --learning-rate than %s"
                .formatted(number, result.loss(), recipe.learningRate()));
      }
      loss += (double) result.loss() * batch.count();
      correct += Score.correct(result.logits(), batch.labels());
      seen += batch.count();
      listener.onStep(number, seen, loss / seen, (double) correct / seen);
    }

    private RunState validated() throws IOException {
      if (seen == 0) {
        throw new IOException("there are no images to learn from that can be read");
      }
      boolean averaged = recipe.average() > 0;
      if (averaged) {
        network.swap();
      }
      Score score = data.score(network, data.split().validation(), pool, recipe);
      EpochResult result =
          new EpochResult(
              number,
              loss / seen,
              (double) correct / seen,
              score.loss(),
              score.accuracy(),
              seconds());
      boolean better = recipe.keepLast() || RunState.isBest(result, before.history());
      SequencedMap<String, FloatTensor> best =
          better ? data.network(topology, network.state()) : before.best();
      if (averaged) {
        network.swap();
      }
      return before.after(result, network.state(), best);
    }
  }

  /** The positions of one batch. */
  static List<Integer> batch(List<Integer> order, int index, int size) {
    return order.subList(index * size, Math.min(order.size(), (index + 1) * size));
  }
}
