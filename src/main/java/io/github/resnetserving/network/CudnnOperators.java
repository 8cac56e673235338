package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;

/**
 * Folded steps in the words of libtorch's cuDNN operators: convolution, bias, shortcut and ReLU are
 * one pass over memory each.
 */
final class CudnnOperators implements Operators {

  /** Without a ReLU it is a projection, whose bias is in that of the sum that it ends in. */
  @Override
  public Value convolution(Script script, Value input, Convolution convolution, boolean relu) {
    String weight = Script.attribute(Folding.weight(convolution));
    return script.assign(
        relu
            ? "torch.cudnn_convolution_relu(%s, %s, %s, %s)"
                .formatted(input.name(), weight, bias(convolution), geometry(convolution))
            : "torch.conv2d(%s, %s, None, %s)"
                .formatted(input.name(), weight, geometry(convolution)),
        input,
        convolution);
  }

  @Override
  public Value residual(Script script, Value input, Convolution convolution, Value shortcut) {
    return script.assign(
        "torch.cudnn_convolution_add_relu(%s, %s, %s, 1., %s, %s)"
            .formatted(
                input.name(),
                Script.attribute(Folding.weight(convolution)),
                shortcut.name(),
                bias(convolution),
                geometry(convolution)),
        input,
        convolution);
  }

  private static String bias(Convolution convolution) {
    return Script.attribute(Folding.bias(convolution));
  }

  private static String geometry(Convolution convolution) {
    return "%s, %s, [1, 1], 1"
        .formatted(Script.pair(convolution.stride()), Script.pair(convolution.padding()));
  }
}
