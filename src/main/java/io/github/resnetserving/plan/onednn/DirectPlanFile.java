package io.github.resnetserving.plan.onednn;

import io.github.resnetserving.checkpoint.Checkpoint;
import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.checkpoint.Tensor;
import io.github.resnetserving.checkpoint.TensorSource;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.graph.Quantization;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.tensor.DType;
import io.github.resnetserving.tensor.Precision;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A direct plan's file: safetensors, whose metadata hold the {@link Arrangement} as JSON. It is
 * mapped, not read: a tensor costs its own bytes, when it is laid out.
 */
final class DirectPlanFile implements AutoCloseable {

  /** The metadata's name of the arrangement. */
  private static final String ARRANGEMENT = "arrangement";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  /**
   * A layer's tensors, each row-major, as long as the file is open.
   *
   * @param weight (outputs, inputs, kernel, kernel), the classifier's (classes, width)
   * @param bias (outputs,)
   * @param scales (outputs,) of the weight in int8; null where it is not in bytes
   */
  record Layer(MemorySegment weight, MemorySegment bias, @Nullable MemorySegment scales) {}

  private final Checkpoint checkpoint;
  private final Arrangement arrangement;

  private DirectPlanFile(Checkpoint checkpoint, Arrangement arrangement) {
    this.checkpoint = checkpoint;
    this.arrangement = arrangement;
  }

  /**
   * Writes a network's plan.
   *
   * @param side of the network's input in pixels
   */
  static void write(
      Path file, Network network, Precision precision, int side, Normalization normalization)
      throws IOException {
    Graph graph = Graph.of(network.topology(), side);
    SequencedMap<String, TensorSource> tensors;
    Arrangement arrangement;
    if (precision == Precision.INT8) {
      Quantization quantization = network.quantized(graph, normalization);
      tensors = quantization.tensors();
      arrangement =
          new Arrangement(
              precision,
              input(side, quantization.frame(), normalization),
              quantization.quantizers(),
              graph);
    } else {
      tensors = network.folding().tensors(graph, DType.ofWeights(precision));
      arrangement =
          new Arrangement(precision, input(side, /* frame= */ 0, normalization), Map.of(), graph);
    }
    SafetensorsWriter.writeCached(
        file, aligned(tensors), Map.of(ARRANGEMENT, JSON.writeValueAsString(arrangement)));
  }

  private static Arrangement.Input input(int side, int frame, Normalization normalization) {
    List<Double> mean = normalization.mean();
    List<Double> std = normalization.std();
    return new Arrangement.Input(
        side,
        frame,
        std.stream().map(s -> 1 / (255 * s)).toList(),
        IntStream.range(0, 3).mapToObj(c -> -mean.get(c) / std.get(c)).toList(),
        mean.stream().map(m -> (int) Math.round(255 * m)).toList());
  }

  /** The largest elements first, so that each tensor begins at a multiple of its own elements. */
  private static SequencedMap<String, TensorSource> aligned(
      SequencedMap<String, TensorSource> tensors) {
    SequencedMap<String, TensorSource> sorted = new LinkedHashMap<>();
    tensors.entrySet().stream()
        .sorted(Comparator.comparingInt(entry -> -entry.getValue().dtype().bytes()))
        .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
    return sorted;
  }

  /**
   * Opens a file.
   *
   * @throws IOException if it cannot be read, or is no direct plan
   */
  static DirectPlanFile open(Path file) throws IOException {
    Checkpoint checkpoint = Checkpoint.open(file.toUri());
    try {
      String json = checkpoint.metadata().get(ARRANGEMENT);
      if (json == null) {
        throw new IOException("%s is no direct plan".formatted(file));
      }
      return new DirectPlanFile(checkpoint, JSON.readValue(json, Arrangement.class));
    } catch (JacksonException e) {
      checkpoint.close();
      throw new IOException("%s: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException | RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }

  Arrangement arrangement() {
    return arrangement;
  }

  Layer layer(String name) {
    MemorySegment weight = tensor(name + ".weight");
    MemorySegment bias = tensor(name + ".bias");
    if (weight == null || bias == null) {
      throw new IllegalArgumentException("the plan has no layer " + name);
    }
    return new Layer(weight, bias, tensor(name + ".weight" + Quantization.SCALE));
  }

  private @Nullable MemorySegment tensor(String name) {
    Tensor tensor = checkpoint.tensors().get(name);
    return tensor == null ? null : tensor.memory();
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
