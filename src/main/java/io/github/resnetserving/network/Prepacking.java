package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;

/** Reorders each convolution's 8-bit weight into the layout that oneDNN wants for its input. */
record Prepacking(Script script, QuantizedOperators operators) implements Operators {

  @Override
  public Value convolution(Script walk, Value input, Convolution convolution, boolean relu) {
    script.line(operators.prepacking(script, input, convolution));
    return walk.assign("", input, convolution);
  }

  @Override
  public Value residual(Script walk, Value input, Convolution convolution, Value shortcut) {
    return convolution(walk, input, convolution, /* relu= */ true);
  }
}
