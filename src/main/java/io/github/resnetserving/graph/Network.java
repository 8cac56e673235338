package io.github.resnetserving.graph;

import io.github.resnetserving.checkpoint.Tensor;
import io.github.resnetserving.models.Calibration.ActivationRange;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.Normalization;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A residual network: its topology and its tensors.
 *
 * <p>Immutable, and as long-lived as the checkpoint that its tensors lie in.
 */
public final class Network {

  private final Topology topology;
  private final SequencedMap<String, Tensor> tensors;
  private final Reading reading;
  private final @Nullable Map<String, ActivationRange> ranges;

  private Network(
      Topology topology,
      SequencedMap<String, Tensor> tensors,
      Reading reading,
      @Nullable Map<String, ActivationRange> ranges) {
    this.topology = topology;
    this.tensors = tensors;
    this.reading = reading;
    this.ranges = ranges;
  }

  /**
   * Recognises a network by its tensors' names and shapes and checks every value.
   *
   * @param tensors by torchvision's, timm's or Hugging Face's names, perhaps below a prefix and
   *     among others
   * @param options what names and shapes do not tell; its state dict has been taken before
   * @throws NetworkException if a tensor is missing, unexpected, misshapen or not finite, or if it
   *     is not clear which tensors are meant
   */
  public static Network of(SequencedMap<String, Tensor> tensors, NetworkOptions options)
      throws NetworkException {
    NetworkTensors<Tensor> found = found(tensors, options);
    Topology topology = TopologyInference.infer(shapes(found), options, found.convention());
    for (Map.Entry<String, Tensor> entry : found.tensors().entrySet()) {
      checkValues(entry.getKey(), entry.getValue().toFloats());
    }
    return new Network(
        topology,
        topology.norms() == Topology.Norms.GROUP && found.convention().isOfBit()
            ? StandardizedWeights.of(found.tensors())
            : found.tensors(),
        Reading.of(found, topology, tensors, options),
        null);
  }

  private static NetworkTensors<Tensor> found(
      SequencedMap<String, Tensor> tensors, NetworkOptions options) throws NetworkException {
    SequencedMap<String, Tensor> flat = new LinkedHashMap<>(tensors);
    flat.replaceAll((name, tensor) ->
        NamingConvention.isFlatClassifier(name)
                && tensor.shape().size() == 4
                && tensor.shape().subList(2, 4).equals(List.of(1, 1))
            ? tensor.reshaped(tensor.shape().subList(0, 2))
            : tensor);
    return NetworkTensors.of(flat, Tensor::shape, options);
  }

  /**
   * Finds out a network's shape without looking at its weights.
   *
   * @throws NetworkException as {@link #of}
   */
  static Topology topologyOf(SequencedMap<String, Tensor> tensors, NetworkOptions options)
      throws NetworkException {
    NetworkTensors<Tensor> found = found(tensors, options);
    return TopologyInference.infer(shapes(found), options, found.convention());
  }

  private static Map<String, List<Integer>> shapes(NetworkTensors<Tensor> found) {
    Map<String, List<Integer>> shapes = new LinkedHashMap<>();
    found.tensors().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    return shapes;
  }

  private static void checkValues(String name, float[] values) throws NetworkException {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new NetworkException(
            "%s holds %s at position %d: the weights are damaged, or training diverged"
                .formatted(name, values[i], i));
      }
      if (values[i] < 0 && name.endsWith(".running_var")) {
        throw new NetworkException(
            "%s holds %s at position %d: a variance cannot be negative"
                .formatted(name, values[i], i));
      }
    }
  }

  public Topology topology() {
    return topology;
  }

  /** How the checkpoint was understood: what was assumed, and what was left. */
  public Reading reading() {
    return reading;
  }

  /**
   * This network with measured activation ranges for 8-bit plans; without them the ranges are
   * estimated from the batch norms.
   *
   * @param measured by the names of {@link #activations}
   * @throws NetworkException if they are those of another network
   */
  public Network calibrated(Map<String, ActivationRange> measured) throws NetworkException {
    List<String> expected = activations();
    List<String> missing = expected.stream().filter(n -> !measured.containsKey(n)).toList();
    List<String> extra = measured.keySet().stream().filter(n -> !expected.contains(n)).toList();
    if (!missing.isEmpty() || !extra.isEmpty()) {
      throw new NetworkException(
          "the activation ranges are those of another network: missing %s; unexpected %s"
              .formatted(NetworkException.some(missing), NetworkException.some(extra)));
    }
    return new Network(topology, tensors, reading, Map.copyOf(measured));
  }

  /** This network with ranges estimated from the batch norms alone. */
  public Network uncalibrated() {
    return new Network(topology, tensors, reading, null);
  }

  /** Whether the activation ranges were measured. */
  public boolean isCalibrated() {
    return ranges != null;
  }

  /** The activations that an 8-bit plan quantises, by the layers that give them. */
  public List<String> activations() {
    return Graph.of(topology, /* side= */ 32).ranges(); // the same for each side
  }

  /** The checked tensors by torchvision's names. */
  public SequencedMap<String, Tensor> tensors() {
    return tensors;
  }

  /** The network's weights with the batch norms folded into them. */
  public Folding folding() {
    return new Folding(tensors);
  }

  /**
   * This network in 8 bits.
   *
   * @param graph of this network
   */
  public Quantization quantized(Graph graph, Normalization normalization) {
    if (ranges != null) {
      return new Quantization(graph, folding(), ranges, normalization);
    }
    Folding equalized = folding().equalized(graph);
    Map<String, ActivationRange> estimated = ActivationStatistics.of(graph, equalized).ranges();
    return new Quantization(graph, equalized, estimated, normalization);
  }
}
