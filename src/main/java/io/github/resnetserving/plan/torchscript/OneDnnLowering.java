package io.github.resnetserving.plan.torchscript;

import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Step;
import io.github.resnetserving.tensor.DType;

/** What lowerings to libtorch's oneDNN operators have in common, for every type of numbers. */
abstract class OneDnnLowering extends Lowering {

  OneDnnLowering(Graph graph, DType type) {
    super(graph, CHANNELS_LAST, type);
  }

  /** Reorders every weight into the blocked layout that oneDNN wants for its input, once. */
  @Override
  final void prepare(Script script) {
    graph().convolutions().forEach(step -> reorder(script, step));
    graph().normalizations().forEach(step -> reorder(script, step));
    graph()
        .linears()
        .forEach(linear -> {
          String weight = weight(linear);
          script.line(
              "%s = ops.mkldnn._reorder_linear_weight(%s, batch)".formatted(weight, weight));
        });
  }

  /** Adds the line that reorders a convolution's weight for {@code batch} images. */
  abstract void reorder(Script script, Step.Convolve step);

  /** Adds the line that reorders a norm's scale, which is a convolution of each channel. */
  abstract void reorder(Script script, Step.Normalize step);

  static String weight(Step.Normalize step) {
    return Script.attribute(step.weight());
  }

  static String bias(Step.Normalize step) {
    return Script.attribute(step.bias());
  }

  /**
   * By oneDNN, on all threads and with a weight that lies as it wants: {@code torch.linear} leaves
   * a single image to one thread.
   */
  @Override
  String linear(Script script, Step.Linear step, String input) {
    return script.assign(
        "ops.mkldnn._linear_pointwise(%s, %s, %s, \"%s\", %s)"
            .formatted(input, weight(step), bias(step), function(step), unaryArguments(script)));
  }

  private static String function(Step.Linear step) {
    return switch (step.function()) {
      case IDENTITY -> "none";
      case RELU -> "relu";
      case SIGMOID -> "sigmoid";
    };
  }

  @Override
  String classifierWeight(Step.Linear step) {
    return "torch.to_dense(%s)".formatted(weight(step));
  }

  /** Further arguments of the ReLU and its algorithm: it has none. */
  static String unaryArguments(Script script) {
    return script.constant("no_scalars", "annotate(List[Optional[number]], [])") + ", \"\"";
  }
}
