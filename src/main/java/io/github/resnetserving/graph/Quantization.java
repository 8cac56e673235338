package io.github.resnetserving.graph;

import io.github.resnetserving.checkpoint.TensorSource;
import io.github.resnetserving.models.Calibration.ActivationRange;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.tensor.DType;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A network's weights and activations in 8 bits; linear layers and group norms stay in float32, and
 * so do what an excitation scales and what a group norm reads. Immutable.
 *
 * <p>The image's bytes are the first convolution's input as they are, so nothing is lost there:
 * standardisation is folded into its weights and bias. Where a standardised input would be padded
 * with zeros, the bytes have a frame of the mean colour around them.
 *
 * <p>A batch norm of its own is a convolution of each channel with one weight. It may read bytes
 * with a zero point, which is folded into its bias; all convolutions read what follows a ReLU.
 */
public final class Quantization {

  /** What the name of a weight's scales ends with, after the weight's own. */
  public static final String SCALE = "_scale";

  private final Graph graph;
  private final Folding folding;
  private final ActivationStatistics statistics;
  private final Map<String, AffineQuantizer> quantizers;
  private final Normalization normalization;

  /**
   * @param ranges of each activation that has one of its own
   */
  Quantization(
      Graph graph,
      Folding folding,
      Map<String, ActivationRange> ranges,
      Normalization normalization) {
    this.graph = graph;
    this.folding = folding;
    this.statistics = ActivationStatistics.of(graph, folding);
    this.normalization = normalization;
    Map<String, AffineQuantizer> each = new HashMap<>();
    ranges.forEach((activation, range) -> each.put(activation, AffineQuantizer.of(range)));
    each.put(Graph.INPUT, AffineQuantizer.IDENTITY);
    quantizers = Map.copyOf(each);
  }

  /**
   * The weights as signed bytes with a scale for each output channel, and biases and the classifier
   * in float32.
   */
  public SequencedMap<String, TensorSource> tensors() {
    SequencedMap<String, TensorSource> tensors = new LinkedHashMap<>();
    graph
        .convolutions()
        .map(Step.Convolve::convolution)
        .forEach(c -> {
          List<Integer> each = List.of(c.outputs());
          tensors.put(
              c.weight(), TensorSource.of(DType.I8, c.weightShape(), () -> weights(c).values()));
          tensors.put(
              c.weight() + SCALE, TensorSource.of(DType.F32, each, () -> weights(c).scales()));
          tensors.put(c.foldedBias(), TensorSource.of(DType.F32, each, () -> bias(c)));
        });
    graph
        .normalizations()
        .forEach(n -> {
          int channels = graph.activation(n.output()).channels();
          List<Integer> each = List.of(channels);
          tensors.put(
              n.weight(),
              TensorSource.of(DType.I8, List.of(channels, 1, 1, 1), () -> weights(n).values()));
          tensors.put(
              n.weight() + SCALE, TensorSource.of(DType.F32, each, () -> weights(n).scales()));
          tensors.put(n.bias(), TensorSource.of(DType.F32, each, () -> bias(n)));
        });
    folding.addUnfolded(tensors, graph);
    return tensors;
  }

  /** Scale and zero point of each convolution's output, by its name, and of the input. */
  public Map<String, AffineQuantizer> quantizers() {
    return quantizers;
  }

  /** Scale and zero point of a convolution's output, or of the input. */
  public AffineQuantizer quantizer(String range) {
    AffineQuantizer quantizer = quantizers.get(range);
    if (quantizer == null) {
      throw new IllegalStateException("there is no range for " + range);
    }
    return quantizer;
  }

  /** Pixels of the frame around the image, which stand for the first convolution's padding. */
  public int frame() {
    return stem().padding();
  }

  /** The colour of the frame: for each channel the byte that is nearest to its mean. */
  public int[] frameColour() {
    return normalization.mean().stream().mapToInt(mean -> (int) Math.round(255 * mean)).toArray();
  }

  private Convolution stem() {
    return graph.convolutions().findFirst().orElseThrow().convolution();
  }

  private boolean isStem(Convolution convolution) {
    return convolution.equals(stem());
  }

  /** A convolution's folded weights as signed bytes. */
  QuantizedWeights weights(Convolution convolution) {
    return QuantizedWeights.of(floats(convolution), convolution.outputs());
  }

  /** A scale for each channel is a weight of ±127 of its own scale, and so is exact. */
  private QuantizedWeights weights(Step.Normalize step) {
    float[] scale = folding.scale(step.norm());
    return QuantizedWeights.of(scale, scale.length);
  }

  /** The shift of the bytes: what they stand for is scaled, and they have a zero point. */
  private float[] bias(Step.Normalize step) {
    AffineQuantizer read = quantizer(graph.activation(step.input()).range());
    float[] scale = folding.scale(step.norm());
    float[] bias = folding.shift(step.norm());
    for (int c = 0; c < bias.length; c++) {
      bias[c] -= (float) (scale[c] * read.scale() * read.zeroPoint());
    }
    return bias;
  }

  /** Folded weights; the stem's with the standardisation's scale folded as well. */
  private float[] floats(Convolution convolution) {
    float[] weights = folding.foldedWeight(convolution);
    if (isStem(convolution)) {
      int area = convolution.kernel() * convolution.kernel();
      for (int i = 0; i < weights.length; i++) {
        weights[i] /= (float) (255 * normalization.std().get(i / area % 3));
      }
    }
    return weights;
  }

  /**
   * The bias that keeps each output channel's mean: rounded weights times their inputs' means move
   * it (Nagel et al. 2019, section 4.2). The means follow from the batch norms; the stem's are the
   * mean colour, which its bytes have not been freed from.
   */
  float[] bias(Convolution convolution) {
    float[] bias = folding.foldedBias(convolution);
    float[] weights = floats(convolution);
    QuantizedWeights quantized = QuantizedWeights.of(weights, convolution.outputs());
    boolean stem = isStem(convolution);
    double[] means =
        stem
            ? normalization.mean().stream().mapToDouble(mean -> 255 * mean).toArray()
            : statistics.inputMeans(convolution);
    int each = convolution.weightsPerOutput();
    for (int k = 0; k < bias.length; k++) {
      double moved = 0;
      for (int i = k * each; i < (k + 1) * each; i++) {
        double kept = stem ? weights[i] : 0;
        moved += (quantized.error(weights, i) + kept) * means[convolution.inputOf(i)];
      }
      bias[k] -= (float) moved;
    }
    return bias;
  }
}
