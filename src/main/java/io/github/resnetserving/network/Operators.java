package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;

/** How a kind of program writes a residual network's steps. */
interface Operators {

  /** A convolution and its batch norm, with a ReLU after it or not. */
  Value convolution(Script script, Value input, Convolution convolution, boolean relu);

  /** {@code relu(convolution(input) + shortcut)}; may write over the shortcut. */
  Value residual(Script script, Value input, Convolution convolution, Value shortcut);
}
