package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;
import java.util.Map;

/**
 * Folded steps on unsigned bytes, in the words of libtorch's quantised oneDNN operators. A sum of
 * products is exact in 32 bits; scale, bias, shortcut, ReLU and rounding follow in one pass.
 *
 * @param quantizers of each activation
 */
record QuantizedOperators(Map<String, AffineQuantizer> quantizers) implements OneDnnOperators {

  @Override
  public Value convolution(Script script, Value input, Convolution convolution, boolean relu) {
    return script.assign(
        "ops.onednn.qconv2d_pointwise(%s, %s, %s, %s, \"%s\", %s)"
            .formatted(
                operands(input, convolution),
                Script.attribute(Folding.bias(convolution)),
                geometry(script, input, convolution),
                output(convolution),
                relu ? "relu" : "none",
                OneDnnOperators.unaryArguments(script)),
        input,
        convolution);
  }

  @Override
  public Value residual(Script script, Value input, Convolution convolution, Value shortcut) {
    return script.assign(
        "ops.onednn.qconv2d_pointwise(%s, %s, %s, %s, %s, %s, \"sum\", 1., \"relu\", %s)"
            .formatted(
                operands(input, convolution),
                shortcut.name(),
                Script.attribute(Folding.bias(convolution)),
                geometry(script, input, convolution),
                output(convolution),
                of(shortcut.activation()).arguments(),
                OneDnnOperators.unaryArguments(script)),
        input,
        convolution);
  }

  /** Plain bytes are refused by the float pool, quantised tensors are not. */
  @Override
  public Value maxPool(Script script, Value input) {
    String quantized =
        script.assign(
            "torch._make_per_tensor_quantized_tensor(%s, %s)"
                .formatted(input.name(), of(input.activation()).arguments()));
    String pooled =
        script.assign(
            "torch.quantized_max_pool2d(%s, [3, 3], [2, 2], [1, 1], [1, 1], False)"
                .formatted(quantized));
    return script.assign(
        "torch.int_repr(%s)".formatted(pooled),
        input,
        input.channels(),
        (input.size() - 1) / 2 + 1);
  }

  @Override
  public String averagePool(Script script, Value map) {
    String mean = script.assign("torch.mean(%s, [2, 3], False, dtype=6)".formatted(map.name()));
    return script.assign(
        "torch.mul(%s, %s)".formatted(mean, Script.number(of(map.activation()).scale())));
  }

  @Override
  public String revealed(Script script, Value map) {
    return script.assign(
        "torch.mul(%s, %s)"
            .formatted(
                OneDnnOperators.super.revealed(script, map),
                Script.number(of(map.activation()).scale())));
  }

  private String operands(Value input, Convolution convolution) {
    String weight = Script.attribute(Folding.weight(convolution));
    return "%s, %s, %s, %s_scale, self.%s"
        .formatted(
            input.name(),
            of(input.activation()).arguments(),
            weight,
            weight,
            QuantizedForm.WEIGHT_ZERO_POINT);
  }

  /** The statement that reorders a weight for batches of {@code batch}, once. */
  String prepacking(Script script, Value input, Convolution convolution) {
    String weight = Script.attribute(Folding.weight(convolution));
    return "%s = ops.onednn.qconv_prepack(%s, %s_scale, %s, %s, [batch, %d, %d, %d])"
        .formatted(
            weight,
            weight,
            weight,
            of(input.activation()).arguments(),
            geometry(script, input, convolution),
            input.channels(),
            framed(input, convolution),
            framed(input, convolution));
  }

  private static String geometry(Script script, Value input, Convolution convolution) {
    return "%s, %s, %s, 1"
        .formatted(
            script.constantPair(convolution.stride()),
            script.constantPair(hasFrame(input) ? 0 : convolution.padding()),
            script.constantPair(1));
  }

  /** The network's input brings its padding along. */
  private static boolean hasFrame(Value input) {
    return input.activation().equals(Value.INPUT);
  }

  private static int framed(Value input, Convolution convolution) {
    return hasFrame(input) ? input.size() + 2 * convolution.padding() : input.size();
  }

  /** Scale, zero point and type of the output. */
  private String output(Convolution convolution) {
    return of(convolution.name()).arguments() + ", " + ElementType.UINT8.scalarType();
  }

  private AffineQuantizer of(String activation) {
    AffineQuantizer quantizer = quantizers.get(activation);
    if (quantizer == null) {
      throw new IllegalStateException("there is no range for " + activation);
    }
    return quantizer;
  }
}
