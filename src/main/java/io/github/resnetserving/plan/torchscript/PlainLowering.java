package io.github.resnetserving.plan.torchscript;

import io.github.resnetserving.graph.Folding;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Step;
import io.github.resnetserving.tensor.DType;

/** Folded steps in operators that every build of libtorch has, channels last. */
sealed class PlainLowering extends Lowering permits CalibrationLowering {

  private final Folding folding;

  PlainLowering(Graph graph, Folding folding) {
    super(graph, CHANNELS_LAST, DType.F32);
    this.folding = folding;
  }

  @Override
  final void addTensors(ScriptArchive archive) {
    folding.tensors(graph(), DType.F32).forEach(archive::attribute);
  }

  @Override
  String convolution(Script script, Step.Convolve step, String input) {
    String y = convolved(script, step, input);
    return step.relu() ? script.assign("torch.relu_(%s)".formatted(y)) : y;
  }

  @Override
  String residual(Script script, Step.Convolve step, String input, String addend) {
    String sum = "torch.add_(%s, %s)".formatted(convolved(script, step, input), addend);
    return script.assign(step.relu() ? "torch.relu_(%s)".formatted(sum) : sum);
  }

  private static String convolved(Script script, Step.Convolve step, String input) {
    return script.assign(
        "torch.conv2d(%s, %s, %s, %s, %s, [1, 1], %d)"
            .formatted(
                input,
                weight(step),
                bias(step),
                Script.pair(step.convolution().stride()),
                Script.pair(step.convolution().padding()),
                step.convolution().groups()));
  }
}
