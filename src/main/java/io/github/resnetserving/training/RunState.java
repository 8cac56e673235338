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
 * All that a run needs to go on after a kill exactly as it would have gone: weights, momentum and
 * history. One safetensors file, replaced atomically after each epoch.
 *
 * @param weights the network's tensors after the last epoch
 * @param velocities their momentum
 * @param best the tensors after the epoch with the highest validation accuracy so far
 * @param history every epoch so far
 */
record RunState(
    SequencedMap<String, FloatTensor> weights,
    SequencedMap<String, FloatTensor> velocities,
    SequencedMap<String, FloatTensor> best,
    List<EpochResult> history) {

  private static final String VELOCITY = "velocity/";
  private static final String BEST = "best/";

  static RunState start(SequencedMap<String, FloatTensor> weights) {
    return new RunState(weights, new LinkedHashMap<>(), weights, List.of());
  }

  /** The epoch with the highest validation accuracy, the first of equals. */
  EpochResult bestEpoch() {
    return history.stream()
        .max(
            Comparator.comparingDouble(EpochResult::validationAccuracy)
                .thenComparing(Comparator.comparingInt(EpochResult::epoch).reversed()))
        .orElseThrow();
  }

  /** The state one epoch later. */
  RunState after(
      EpochResult result,
      SequencedMap<String, FloatTensor> newWeights,
      SequencedMap<String, FloatTensor> newVelocities) {
    boolean better =
        history.isEmpty() || result.validationAccuracy() > bestEpoch().validationAccuracy();
    List<EpochResult> longer = new ArrayList<>(history);
    longer.add(result);
    return new RunState(newWeights, newVelocities, better ? newWeights : best, longer);
  }

  /**
   * Writes the file.
   *
   * @param fingerprint tells this run from others
   */
  void save(Path file, String fingerprint) throws IOException {
    SequencedMap<String, FloatTensor> all = new LinkedHashMap<>(weights);
    velocities.forEach((name, tensor) -> all.put(VELOCITY + name, tensor));
    best.forEach((name, tensor) -> all.put(BEST + name, tensor));
    String lines = history.stream().map(EpochResult::toCsv).collect(Collectors.joining("\n"));
    SafetensorsWriter.write(file, all, Map.of("history", lines, "run", fingerprint));
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
      SequencedMap<String, FloatTensor> weights = new LinkedHashMap<>();
      SequencedMap<String, FloatTensor> velocities = new LinkedHashMap<>();
      SequencedMap<String, FloatTensor> best = new LinkedHashMap<>();
      checkpoint
          .tensors()
          .forEach((name, tensor) -> {
            FloatTensor values = new FloatTensor(tensor.shape(), tensor.toFloats());
            if (name.startsWith(VELOCITY)) {
              velocities.put(name.substring(VELOCITY.length()), values);
            } else if (name.startsWith(BEST)) {
              best.put(name.substring(BEST.length()), values);
            } else {
              weights.put(name, values);
            }
          });
      List<EpochResult> history =
          checkpoint
              .metadata()
              .getOrDefault("history", "")
              .lines()
              .map(EpochResult::ofCsv)
              .toList();
      return new RunState(weights, velocities, best, history);
    }
  }
}
