package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;

/** Folded steps in operators that every build of libtorch has. */
final class PlainOperators implements Operators {

  @Override
  public Value convolution(Script script, Value input, Convolution convolution, boolean relu) {
    String y = convolved(script, input, convolution);
    return new Value(
        relu ? script.assign("torch.relu_(%s)".formatted(y)) : y,
        convolution.outputs(),
        convolution.outputSize(input.size()));
  }

  @Override
  public Value residual(Script script, Value input, Convolution convolution, Value shortcut) {
    String y = convolved(script, input, convolution);
    return script.assign(
        "torch.relu_(torch.add_(%s, %s))".formatted(y, shortcut.name()),
        convolution.outputs(),
        convolution.outputSize(input.size()));
  }

  private static String convolved(Script script, Value input, Convolution convolution) {
    return script.assign(
        "torch.conv2d(%s, %s, %s, %s, %s, [1, 1], 1)"
            .formatted(
                input.name(),
                Script.attribute(Folding.weight(convolution)),
                Script.attribute(Folding.bias(convolution)),
                Script.pair(convolution.stride()),
                Script.pair(convolution.padding())));
  }
}
