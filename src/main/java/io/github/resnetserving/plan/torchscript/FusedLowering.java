package io.github.resnetserving.plan.torchscript;

import io.github.resnetserving.graph.Convolution;
import io.github.resnetserving.graph.Folding;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Step;
import io.github.resnetserving.tensor.DType;

/**
 * Folded steps on float32 or bfloat16 in libtorch's oneDNN operators, channels last: convolution,
 * shortcut and ReLU are one pass over memory each.
 */
final class FusedLowering extends OneDnnLowering {

  private final Folding folding;
  private final DType type;

  FusedLowering(Graph graph, Folding folding, DType type) {
    super(graph, type);
    this.folding = folding;
    this.type = type;
  }

  @Override
  void addTensors(ScriptArchive archive) {
    folding.tensors(graph(), type).forEach(archive::attribute);
  }

  @Override
  void reorder(Script script, Step.Convolve step) {
    Convolution convolution = step.convolution();
    int side = graph().activation(step.input()).side();
    script.line(
        "%s = ops.mkldnn._reorder_convolution_weight(%s, %s, %s, [1, 1], %d, [batch, %d, %d, %d])"
            .formatted(
                weight(step),
                weight(step),
                Script.pair(convolution.padding()),
                Script.pair(convolution.stride()),
                convolution.groups(),
                convolution.inputs(),
                side,
                side));
  }

  @Override
  void reorder(Script script, Step.Normalize step) {
    int side = graph().activation(step.input()).side();
    int channels = channels(step);
    script.line(
        "%s = ops.mkldnn._reorder_convolution_weight(%s, [0, 0], [1, 1], [1, 1], %d, [batch, %d, %d, %d])"
            .formatted(weight(step), weight(step), channels, channels, side, side));
  }

  @Override
  String normalize(Script script, Step.Normalize step, String input) {
    return script.assign(
        "ops.mkldnn._convolution_pointwise(%s, %s, %s, %s, %s, %s, %d, \"relu\", %s)"
            .formatted(
                input,
                weight(step),
                bias(step),
                script.constantPair(0),
                script.constantPair(1),
                script.constantPair(1),
                channels(step),
                unaryArguments(script)));
  }

  @Override
  String convolution(Script script, Step.Convolve step, String input) {
    return script.assign(
        "ops.mkldnn._convolution_pointwise(%s, %s, %s, %s)"
            .formatted(
                input,
                geometry(script, step),
                step.relu() ? "\"relu\"" : "\"none\"",
                unaryArguments(script)));
  }

  @Override
  String residual(Script script, Step.Convolve step, String input, String addend) {
    return script.assign(
        "ops.mkldnn._convolution_pointwise_(%s, %s, %s, \"add\", 1., %s, %s)"
            .formatted(
                addend,
                input,
                geometry(script, step),
                step.relu() ? "\"relu\"" : "None",
                unaryArguments(script)));
  }

  private static String geometry(Script script, Step.Convolve step) {
    return "%s, %s, %s, %s, %s, %d"
        .formatted(
            weight(step),
            bias(step),
            script.constantPair(step.convolution().padding()),
            script.constantPair(step.convolution().stride()),
            script.constantPair(1),
            step.convolution().groups());
  }
}
