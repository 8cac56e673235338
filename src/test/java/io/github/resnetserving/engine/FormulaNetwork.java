package io.github.resnetserving.engine;

import io.github.resnetserving.checkpoint.Checkpoint;
import io.github.resnetserving.checkpoint.FormulaWeights;
import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.NetworkOptions.Variant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** A network whose weights are a formula of their names, read from a file as any other. */
public final class FormulaNetwork implements AutoCloseable {

  private final Path file;
  private final Checkpoint checkpoint;
  private final Network network;

  private FormulaNetwork(Path file) throws IOException {
    this.file = file;
    this.checkpoint = Checkpoint.open(file.toUri());
    this.network = Network.of(checkpoint.tensors(), NetworkOptions.of(Variant.V1_5));
  }

  /** Makes the file and opens it. */
  public static FormulaNetwork of(Topology topology) throws IOException {
    Path file = Files.createTempFile("formula", ".safetensors");
    SafetensorsWriter.write(file, weights(topology), Map.of());
    return new FormulaNetwork(file);
  }

  /** Every tensor of a network, in the state dict's order. */
  public static SequencedMap<String, FloatTensor> weights(Topology topology) {
    boolean bottleneck = topology.tensors().keySet().stream().anyMatch(n -> n.contains(".bn3."));
    SequencedMap<String, FloatTensor> tensors = new LinkedHashMap<>();
    topology
        .tensors()
        .forEach((name, shape) ->
            tensors.put(
                name, new FloatTensor(shape, FormulaWeights.values(name, shape, bottleneck))));
    return tensors;
  }

  public Network network() {
    return network;
  }

  @Override
  public void close() throws IOException {
    checkpoint.close();
    Files.deleteIfExists(file);
  }
}
