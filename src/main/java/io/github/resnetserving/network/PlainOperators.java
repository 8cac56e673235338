package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;

/** Folded steps in operators that every build of libtorch has. */
final class PlainOperators implements Operators {

  @Override
  public Value convolution(Script script, Value input, Convolution convolution, boolean relu) {
    Value y = convolved(script, input, convolution);
    return relu ? relu(script, y.name(), input, convolution) : y;
  }

  @Override
  public Value residual(Script script, Value input, Convolution convolution, Value shortcut) {
    Value y = convolved(script, input, convolution);
    String sum = "torch.add_(%s, %s)".formatted(y.name(), shortcut.name());
    return relu(script, sum, input, convolution);
  }

  private static Value relu(
      Script script, String expression, Value input, Convolution convolution) {
    return script.assign("torch.relu_(%s)".formatted(expression), input, convolution);
  }

  private static Value convolved(Script script, Value input, Convolution convolution) {
    return script.assign(
        "torch.conv2d(%s, %s, %s, %s, %s, [1, 1], 1)"
            .formatted(
                input.name(),
                Script.attribute(Folding.weight(convolution)),
                Script.attribute(Folding.bias(convolution)),
                Script.pair(convolution.stride()),
                Script.pair(convolution.padding())),
        input,
        convolution);
  }
}
