package io.github.resnetserving.training;

import io.github.resnetserving.checkpoint.Checkpoint;
import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * All that a run needs to go on after a kill exactly as it would have gone. One safetensors file,
 * replaced atomically.
 *
 * @param tensors of the network, its optimiser and its average
 * @param best the network's tensors after the epoch with the highest validation accuracy so far
 * @param history every epoch that is done
 * @param partial how far the epoch is that is not done
 */
record RunState(
    SequencedMap<String, FloatTensor> tensors,
    SequencedMap<String, FloatTensor> best,
    List<EpochResult> history,
    Partial partial) {

  private static final String BEST = "best/";
  private static final Comparator<EpochResult> BY_VALIDATION =
      Comparator.comparingDouble(EpochResult::validationAccuracy)
          .thenComparing(Comparator.comparingDouble(EpochResult::validationLoss).reversed())
          .thenComparing(Comparator.comparingInt(EpochResult::epoch).reversed());

  RunState {
    history = List.copyOf(history);
  }

  /**
   * A part of an epoch.
   *
   * @param steps done
   * @param seen images
   * @param loss sum over them
   * @param correct of them
   * @param seconds that it took
   */
  record Partial(int steps, int seen, double loss, int correct, double seconds) {
    static final Partial NONE = new Partial(0, 0, 0, 0, 0);

    private String toText() {
      return "%d,%d,%s,%d,%s".formatted(steps, seen, loss, correct, seconds);
    }

    private static Partial of(String text) {
      List<String> fields = List.of(text.split(",", -1));
      return new Partial(
          Integer.parseInt(fields.get(0)),
          Integer.parseInt(fields.get(1)),
          Double.parseDouble(fields.get(2)),
          Integer.parseInt(fields.get(3)),
          Double.parseDouble(fields.get(4)));
    }
  }

  static RunState start(SequencedMap<String, FloatTensor> weights) {
    return new RunState(weights, weights, List.of(), Partial.NONE);
  }

  /** The epoch with the highest validation accuracy; of equals the one with the lowest loss. */
  EpochResult bestEpoch() {
    return best(history);
  }

  /** The best of some epochs, see {@link #bestEpoch}. */
  static EpochResult best(List<EpochResult> history) {
    return history.stream().max(BY_VALIDATION).orElseThrow();
  }

  /** Whether an epoch is better than all of these. */
  static boolean isBest(EpochResult result, List<EpochResult> before) {
    return before.stream().allMatch(epoch -> BY_VALIDATION.compare(result, epoch) > 0);
  }

  /** The state within the next epoch. */
  RunState within(SequencedMap<String, FloatTensor> newTensors, Partial part) {
    return new RunState(newTensors, best, history, part);
  }

  /** The state one epoch later. */
  RunState after(
      EpochResult result,
      SequencedMap<String, FloatTensor> newTensors,
      SequencedMap<String, FloatTensor> newBest) {
    List<EpochResult> longer = new ArrayList<>(history);
    longer.add(result);
    return new RunState(newTensors, newBest, longer, Partial.NONE);
  }

  /**
   * Writes the file.
   *
   * @param fingerprint tells this run from others
   * @throws IOException if it cannot be written; the file that was there is then still there
   */
  void save(Path file, String fingerprint) throws IOException {
    SequencedMap<String, FloatTensor> all = new LinkedHashMap<>(tensors);
    best.forEach((name, tensor) -> all.put(BEST + name, tensor));
    String lines = history.stream().map(EpochResult::toCsv).collect(Collectors.joining("\n"));
    try {
      SafetensorsWriter.write(
          file, all, Map.of("history", lines, "partial", partial.toText(), "run", fingerprint));
    } catch (IOException e) {
      throw new IOException(
          "the run's state cannot be written to %s (%s): make room, then give the same command again, and it goes on after the last epoch that was written"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  /**
   * Reads what {@link #save} wrote.
   *
   * @throws IOException if the file is of another run
   */
  static RunState load(Path file, String fingerprint) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(file.toUri())) {
      String run = checkpoint.metadata().get("run");
      if (!fingerprint.equals(run)) {
        throw new IOException(
            "%s belongs to another run (%s) than this one (%s): remove it, or choose another --run-dir"
                .formatted(file, run, fingerprint));
      }
      SequencedMap<String, FloatTensor> tensors = new LinkedHashMap<>();
      SequencedMap<String, FloatTensor> best = new LinkedHashMap<>();
      checkpoint
          .tensors()
          .forEach((name, tensor) -> {
            FloatTensor values = new FloatTensor(tensor.shape(), tensor.toFloats());
            if (name.startsWith(BEST)) {
              best.put(name.substring(BEST.length()), values);
            } else {
              tensors.put(name, values);
            }
          });
      List<EpochResult> history =
          checkpoint
              .metadata()
              .getOrDefault("history", "")
              .lines()
              .map(EpochResult::ofCsv)
              .toList();
      Partial partial = Partial.of(checkpoint.metadata().getOrDefault("partial", "0,0,0,0,0"));
      return new RunState(tensors, best, history, partial);
    }
  }
}
