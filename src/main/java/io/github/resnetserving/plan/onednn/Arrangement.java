package io.github.resnetserving.plan.onednn;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.github.resnetserving.graph.AffineQuantizer;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Graph.Activation;
import io.github.resnetserving.tensor.DType;
import io.github.resnetserving.tensor.Precision;
import java.util.List;
import java.util.Map;

/**
 * A graph as a direct plan computes it: what the plan's file says beside its tensors. Immutable.
 *
 * @param precision of weights and activations; means, linear layers and what they scale are in
 *     float32
 * @param input what an image becomes
 * @param quantizers what bytes stand for in int8, by the range that activations share; else empty
 */
record Arrangement(
    @JsonProperty("precision") Precision precision,
    @JsonProperty("input") Input input,
    @JsonProperty("quantizers") Map<String, AffineQuantizer> quantizers,
    @JsonProperty("graph") Graph graph) {

  /**
   * What an image becomes: {@code byte · scale + shift} for each channel, or in int8 its bytes.
   *
   * @param side of the image
   * @param frame pixels around it in int8, which stand for the first convolution's padding; else 0
   * @param scale for each channel
   * @param shift for each channel
   * @param colour of the frame
   */
  record Input(
      @JsonProperty("side") int side,
      @JsonProperty("frame") int frame,
      @JsonProperty("scale") List<Double> scale,
      @JsonProperty("shift") List<Double> shift,
      @JsonProperty("colour") List<Integer> colour) {
    Input {
      scale = List.copyOf(scale);
      shift = List.copyOf(shift);
      colour = List.copyOf(colour);
    }

    /** Side of the activation that the first step reads. */
    int framedSide() {
      return side + 2 * frame;
    }
  }

  Arrangement {
    quantizers = Map.copyOf(quantizers);
  }

  /** The type of most activations' numbers. */
  DType type() {
    return DType.ofActivations(precision);
  }

  /** The type of an activation's numbers. */
  DType type(String activation) {
    return graph.reals().contains(activation) ? DType.F32 : type();
  }

  /** An activation; the input with its frame. */
  Activation activation(String name) {
    Activation activation = graph.activation(name);
    return name.equals(Graph.INPUT)
        ? new Activation(activation.channels(), input.framedSide(), activation.range())
        : activation;
  }

  /** What an activation's bytes stand for; of real numbers, themselves. */
  AffineQuantizer quantizer(String activation) {
    return quantizers.getOrDefault(graph.activation(activation).range(), AffineQuantizer.IDENTITY);
  }
}
