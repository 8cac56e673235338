package io.github.resnetserving.training;

import io.github.resnetserving.weights.FloatTensor;
import io.github.resnetserving.weights.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
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

  void save(Path file) throws IOException {
    SequencedMap<String, FloatTensor> all = new LinkedHashMap<>(weights);
    velocities.forEach((name, tensor) -> all.put(VELOCITY + name, tensor));
    best.forEach((name, tensor) -> all.put(BEST + name, tensor));
    String lines = history.stream().map(EpochResult::toCsv).collect(Collectors.joining("\n"));
    SafetensorsWriter.write(file, all, Map.of("history", lines));
  }
}
