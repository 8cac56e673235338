package io.github.resnetserving.plan.torchscript;

import io.github.resnetserving.checkpoint.TensorSource;
import io.github.resnetserving.graph.Folding;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Step;
import io.github.resnetserving.tensor.DType;
import java.util.List;
import java.util.SequencedMap;

/**
 * Folded steps on float32 or float16 in libtorch's cuDNN operators, channels last: convolution,
 * bias, shortcut and ReLU are one pass over memory each.
 */
final class CudnnLowering extends Lowering {

  private final Folding folding;
  private final DType type;

  CudnnLowering(Graph graph, Folding folding, DType type) {
    super(graph, CHANNELS_LAST, type);
    this.folding = folding;
    this.type = type;
  }

  @Override
  void addTensors(ScriptArchive archive) {
    SequencedMap<String, TensorSource> tensors = folding.tensors(graph(), type);
    graph()
        .convolutions()
        .forEach(step -> {
          String bias = step.convolution().foldedBias();
          if (isProjection(step)) {
            tensors.remove(bias);
          } else {
            tensors.replace(
                bias,
                TensorSource.of(
                    type, List.of(step.convolution().outputs()), () -> foldedBias(step)));
          }
        });
    tensors.forEach(archive::attribute);
  }

  /** Its bias is in that of the sum that it ends in. */
  private boolean isProjection(Step.Convolve step) {
    return step.addend() == null
        && !step.relu()
        && graph().convolutions().anyMatch(sum -> step.output().equals(sum.addend()));
  }

  /** With the projection's, where one is added: it has none of its own. */
  private float[] foldedBias(Step.Convolve step) {
    float[] bias = folding.foldedBias(step.convolution());
    graph()
        .convolutions()
        .filter(other -> other.output().equals(step.addend()) && isProjection(other))
        .forEach(projection -> {
          float[] added = folding.foldedBias(projection.convolution());
          for (int i = 0; i < bias.length; i++) {
            bias[i] += added[i];
          }
        });
    return bias;
  }

  /** On a GPU the operator takes one type of numbers for all. */
  @Override
  String groupNormTensor(String name) {
    return typed(super.groupNormTensor(name));
  }

  /** The operators would copy a weight that lies otherwise at every run. */
  @Override
  void prepare(Script script) {
    graph()
        .convolutions()
        .forEach(step ->
            script.line(
                "%s = torch.contiguous(%s, memory_format=2)"
                    .formatted(weight(step), weight(step))));
  }

  @Override
  String convolution(Script script, Step.Convolve step, String input) {
    return script.assign(
        step.relu()
            ? "torch.cudnn_convolution_relu(%s, %s, %s, %s)"
                .formatted(input, weight(step), bias(step), geometry(step))
            : convolved(step, input));
  }

  private String convolved(Step.Convolve step, String input) {
    return "torch.conv2d(%s, %s, %s, %s)"
        .formatted(input, weight(step), isProjection(step) ? "None" : bias(step), geometry(step));
  }

  @Override
  String residual(Script script, Step.Convolve step, String input, String addend) {
    if (!step.relu()) {
      return script.assign("torch.add_(%s, %s)".formatted(convolved(step, input), addend));
    }
    return script.assign(
        "torch.cudnn_convolution_add_relu(%s, %s, %s, 1., %s, %s)"
            .formatted(input, weight(step), addend, bias(step), geometry(step)));
  }

  private static String geometry(Step.Convolve step) {
    return "%s, %s, [1, 1], %d"
        .formatted(
            Script.pair(step.convolution().stride()),
            Script.pair(step.convolution().padding()),
            step.convolution().groups());
  }
}
