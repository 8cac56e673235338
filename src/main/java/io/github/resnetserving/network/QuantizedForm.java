package io.github.resnetserving.network;

import io.github.resnetserving.model.ActivationRange;
import io.github.resnetserving.model.Normalization;
import io.github.resnetserving.network.Script.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * 8-bit weights and activations; the classifier in float32.
 *
 * <p>The picture's bytes are the first convolution's input as they are, so nothing is lost there:
 * standardisation is folded into its weights and bias. Where a standardised input would be padded
 * with zeros, the bytes have a frame of the mean colour around them.
 */
final class QuantizedForm implements PlanForm {

  /** The zero point of all weights, which the operators ask for: they are symmetric. */
  static final String WEIGHT_ZERO_POINT = "weight_zero_point";

  private static final String FRAME = "input_frame";

  private final Topology topology;
  private final Folding folding;
  private final ActivationStatistics statistics;
  private final int size;
  private final Normalization normalization;
  private final QuantizedOperators operators;

  private QuantizedForm(
      Topology topology,
      Folding folding,
      Map<String, AffineQuantizer> quantizers,
      int size,
      Normalization normalization) {
    this.topology = topology;
    this.folding = folding;
    this.statistics = ActivationStatistics.of(topology, folding);
    this.operators = new QuantizedOperators(quantizers);
    this.size = size;
    this.normalization = normalization;
  }

  static QuantizedForm of(
      Topology topology,
      Folding folding,
      Map<String, ActivationRange> ranges,
      int size,
      Normalization normalization) {
    Map<String, AffineQuantizer> quantizers = new HashMap<>();
    ranges.forEach((activation, range) -> quantizers.put(activation, AffineQuantizer.of(range)));
    quantizers.put(Value.INPUT, new AffineQuantizer(1, 0));
    return new QuantizedForm(topology, folding, quantizers, size, normalization);
  }

  @Override
  public void addTensors(ScriptArchive archive) {
    for (Convolution convolution : topology.convolutions()) {
      String weight = Script.attributeName(Folding.weight(convolution));
      List<Integer> perOutput = List.of(convolution.outputs());
      archive.attribute(
          weight, ElementType.INT8, convolution.weightShape(), () -> weights(convolution).values());
      archive.attribute(weight + "_scale", perOutput, () -> weights(convolution).scales());
      archive.attribute(
          Script.attributeName(Folding.bias(convolution)), perOutput, () -> bias(convolution));
    }
    folding.addClassifier(archive, topology);
    archive.attribute(WEIGHT_ZERO_POINT, ElementType.INT32, List.of(1), () -> new float[1]);
    int framed = size + 2 * topology.stem().padding();
    archive.attribute(FRAME, ElementType.UINT8, List.of(1, framed, framed, 3), () -> frame(framed));
  }

  private boolean isStem(Convolution convolution) {
    return convolution.equals(topology.stem());
  }

  QuantizedWeights weights(Convolution convolution) {
    return QuantizedWeights.of(floats(convolution), convolution.outputs());
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
    QuantizedWeights quantized = weights(convolution);
    double[] means = isStem(convolution) ? meanColour() : statistics.inputMeans(convolution);
    int area = convolution.kernel() * convolution.kernel();
    int each = convolution.inputs() * area;
    for (int k = 0; k < bias.length; k++) {
      double moved = 0;
      for (int i = k * each; i < (k + 1) * each; i++) {
        double kept = isStem(convolution) ? weights[i] : 0;
        moved += (quantized.error(weights, i) + kept) * means[i % each / area];
      }
      bias[k] -= (float) moved;
    }
    return bias;
  }

  private double[] meanColour() {
    return normalization.mean().stream().mapToDouble(mean -> 255 * mean).toArray();
  }

  private float[] frame(int framed) {
    double[] mean = meanColour();
    float[] frame = new float[framed * framed * 3];
    for (int i = 0; i < frame.length; i++) {
      frame[i] = Math.round(mean[i % 3]);
    }
    return frame;
  }

  @Override
  public void prepare(Script script, int size) {
    new ForwardPass(topology, new Prepacking(script, operators))
        .trunk(new Script(), Value.input("", size));
    if (topology.classifies()) {
      script.line(OneDnnOperators.reordering(topology.classifier()));
    }
  }

  @Override
  public Value fromPixels(Script script, String pixels, int side) {
    int frame = topology.stem().padding();
    String count = script.assign("torch.size(%s, 0)".formatted(pixels));
    String framed = script.assign("torch.repeat(self.%s, [%s, 1, 1, 1])".formatted(FRAME, count));
    String inside =
        script.assign(
            "torch.slice(torch.slice(%s, 1, %d, %d), 2, %d, %d)"
                .formatted(framed, frame, frame + side, frame, frame + side));
    script.assign("torch.copy_(%s, %s, False)".formatted(inside, pixels));
    String planes = script.assign("torch.permute(%s, [0, 3, 1, 2])".formatted(framed));
    return Value.input(planes, side);
  }

  /** Rounds to the bytes that a picture would have had. */
  @Override
  public Value fromStandardized(Script script, String x, int side) {
    String real =
        script.assign("torch.div(torch.sub(%s, self.input_shift), self.input_scale)".formatted(x));
    String whole = script.assign("torch.clamp(torch.round(%s), 0, 255)".formatted(real));
    String bytes =
        script.assign(
            "torch.to(%s, %d, False, False, None)"
                .formatted(whole, ElementType.UINT8.scalarType()));
    String pixels = script.assign("torch.permute(%s, [0, 2, 3, 1])".formatted(bytes));
    return fromPixels(script, pixels, side);
  }

  @Override
  public QuantizedOperators operators() {
    return operators;
  }

  @Override
  public Map<String, AffineQuantizer> quantizers() {
    return operators.quantizers();
  }
}
