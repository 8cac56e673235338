package io.github.resnetserving.plan.torchscript;

import io.github.resnetserving.checkpoint.Tensor;
import io.github.resnetserving.checkpoint.TensorSource;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Step;
import io.github.resnetserving.tensor.DType;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Differentiable, unfused steps, channels first; batch norm by the batch's own statistics or by the
 * running ones.
 */
final class EagerLowering extends Lowering {

  /** Share of a new batch in the running statistics, and what keeps the variance off zero. */
  private static final String MOMENTUM_AND_EPSILON = "0.1, 1.0000000000000001e-05";

  private final Map<String, Tensor> tensors;
  private final Predicate<String> learns;

  /**
   * @param tensors the network's, as they are
   * @param learns whether the batch norm of that name is by the batch's own statistics
   * @param type of the activations and of the weights as they are multiplied; float32 or bfloat16.
   *     The weights themselves, batch norms' numbers and the classifier are float32
   */
  EagerLowering(Graph graph, Map<String, Tensor> tensors, Predicate<String> learns, DType type) {
    super(graph, CHANNELS_FIRST, type);
    this.tensors = tensors;
    this.learns = learns;
  }

  EagerLowering(Graph graph, Map<String, Tensor> tensors, Predicate<String> learns) {
    this(graph, tensors, learns, DType.F32);
  }

  @Override
  void addTensors(ScriptArchive archive) {
    tensors.forEach((name, tensor) ->
        archive.attribute(name, TensorSource.of(DType.F32, tensor.shape(), tensor::toFloats)));
  }

  @Override
  String convolution(Script script, Step.Convolve step, String input) {
    String y = convolved(script, step, input);
    return step.relu() ? relu(script, y) : y;
  }

  @Override
  String residual(Script script, Step.Convolve step, String input, String addend) {
    String y = script.assign("torch.add(%s, %s)".formatted(convolved(script, step, input), addend));
    return step.relu() ? relu(script, y) : y;
  }

  @Override
  String normalize(Script script, Step.Normalize step, String input) {
    return relu(script, normalized(script, step.norm(), input));
  }

  /** An excitation's weights are those of 1×1 convolutions. */
  @Override
  String matrix(Step.Linear step) {
    return step.output().equals(Graph.LOGITS)
        ? weight(step)
        : "torch.flatten(%s, 1)".formatted(weight(step));
  }

  private String convolved(Script script, Step.Convolve step, String input) {
    String y =
        script.assign(
            "torch.conv2d(%s, %s, None, %s, %s, [1, 1], %d)"
                .formatted(
                    input,
                    typed(weight(step)),
                    Script.pair(step.convolution().stride()),
                    Script.pair(step.convolution().padding()),
                    step.convolution().groups()));
    String norm = step.convolution().norm();
    return norm == null ? y : normalized(script, norm, y);
  }

  private String normalized(Script script, String name, String y) {
    String norm = Script.attribute(name);
    return script.assign(
        "torch.batch_norm(%s, %s_weight, %s_bias, %s_running_mean, %s_running_var, %s, %s, True)"
            .formatted(
                y,
                norm,
                norm,
                norm,
                norm,
                learns.test(name) ? "True" : "False",
                MOMENTUM_AND_EPSILON));
  }

  /** In place: the batch norm before it needs its input, not its output, for the gradient. */
  private static String relu(Script script, String x) {
    return script.assign("torch.relu_(%s)".formatted(x));
  }
}
