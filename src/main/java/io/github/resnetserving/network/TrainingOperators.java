package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;

/**
 * Differentiable, unfused steps; batch norm by the batch's own statistics or by the running ones.
 */
record TrainingOperators(boolean training) implements Operators {

  /** Share of a new batch in the running statistics, and what keeps the variance off zero. */
  private static final String MOMENTUM_AND_EPSILON = "0.1, 1.0000000000000001e-05";

  @Override
  public Value convolution(Script script, Value input, Convolution convolution, boolean relu) {
    Value y = normalized(script, input, convolution);
    return relu ? relu(script, y) : y;
  }

  @Override
  public Value residual(Script script, Value input, Convolution convolution, Value shortcut) {
    Value y = normalized(script, input, convolution);
    return relu(
        script,
        script.assign(
            "torch.add(%s, %s)".formatted(y.name(), shortcut.name()), input, convolution));
  }

  private Value normalized(Script script, Value input, Convolution convolution) {
    String y =
        script.assign(
            "torch.conv2d(%s, %s, None, %s, %s, [1, 1], 1)"
                .formatted(
                    input.name(),
                    Script.attribute(convolution.weight()),
                    Script.pair(convolution.stride()),
                    Script.pair(convolution.padding())));
    String norm = Script.attribute(convolution.norm());
    return script.assign(
        "torch.batch_norm(%s, %s_weight, %s_bias, %s_running_mean, %s_running_var, %s, %s, True)"
            .formatted(
                y, norm, norm, norm, norm, training ? "True" : "False", MOMENTUM_AND_EPSILON),
        input,
        convolution);
  }

  /** In place: the batch norm before it needs its input, not its output, for the gradient. */
  private static Value relu(Script script, Value x) {
    return script.assign("torch.relu_(%s)".formatted(x.name()), x, x.channels(), x.size());
  }
}
