package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;

/**
 * Folded steps in the words of libtorch's oneDNN operators: convolution, shortcut and ReLU are one
 * pass over memory each.
 */
final class FusedOperators implements OneDnnOperators {

  @Override
  public Value convolution(Script script, Value input, Convolution convolution, boolean relu) {
    return script.assign(
        "ops.mkldnn._convolution_pointwise(%s, %s, %s, %s)"
            .formatted(
                input.name(),
                geometry(script, convolution),
                relu ? "\"relu\"" : "\"none\"",
                OneDnnOperators.unaryArguments(script)),
        input,
        convolution);
  }

  @Override
  public Value residual(Script script, Value input, Convolution convolution, Value shortcut) {
    return script.assign(
        "ops.mkldnn._convolution_pointwise_(%s, %s, %s, \"add\", 1., \"relu\", %s)"
            .formatted(
                shortcut.name(),
                input.name(),
                geometry(script, convolution),
                OneDnnOperators.unaryArguments(script)),
        input,
        convolution);
  }

  private static String geometry(Script script, Convolution convolution) {
    return "%s, %s, %s, %s, %s, 1"
        .formatted(
            Script.attribute(Folding.weight(convolution)),
            Script.attribute(Folding.bias(convolution)),
            script.constantPair(convolution.padding()),
            script.constantPair(convolution.stride()),
            script.constantPair(1));
  }
}
