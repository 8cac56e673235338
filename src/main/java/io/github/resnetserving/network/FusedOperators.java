package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;

/**
 * Folded steps in the words of libtorch's oneDNN operators: convolution, shortcut and ReLU are one
 * pass over memory each.
 */
final class FusedOperators implements Operators {

  /** Further arguments of the ReLU and its algorithm: it has none. */
  private static final String UNARY_ARGUMENTS = "annotate(List[Optional[number]], []), \"\"";

  @Override
  public Value convolution(Script script, Value input, Convolution convolution, boolean relu) {
    return script.assign(
        "ops.mkldnn._convolution_pointwise(%s, %s, %s, %s)"
            .formatted(
                input.name(),
                geometry(convolution),
                relu ? "\"relu\"" : "\"none\"",
                UNARY_ARGUMENTS),
        input,
        convolution);
  }

  @Override
  public Value residual(Script script, Value input, Convolution convolution, Value shortcut) {
    return script.assign(
        "ops.mkldnn._convolution_pointwise_(%s, %s, %s, \"add\", 1., \"relu\", %s)"
            .formatted(shortcut.name(), input.name(), geometry(convolution), UNARY_ARGUMENTS),
        input,
        convolution);
  }

  private static String geometry(Convolution convolution) {
    return "%s, %s, %s, %s, [1, 1], 1"
        .formatted(
            Script.attribute(Folding.weight(convolution)),
            Script.attribute(Folding.bias(convolution)),
            Script.pair(convolution.padding()),
            Script.pair(convolution.stride()));
  }
}
