package io.github.resnetserving.plan.torchscript;

import io.github.resnetserving.graph.Folding;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Step;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.tensor.DType;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes a graph as a TorchScript program, with a method for each kind of step. What is here suits
 * folded or unfolded real numbers in any layout; each lowering has its own convolutions.
 */
abstract class Lowering {

  /** c10's numbers of memory formats. */
  static final int CHANNELS_FIRST = 0;

  static final int CHANNELS_LAST = 2;

  private final Graph graph;
  private final int memoryFormat;
  private final DType type;

  /**
   * @param memoryFormat of the activations
   * @param type of the weights and activations
   */
  Lowering(Graph graph, int memoryFormat, DType type) {
    this.graph = graph;
    this.memoryFormat = memoryFormat;
    this.type = type;
  }

  final Graph graph() {
    return graph;
  }

  /** Adds the weights as the steps want them, the classifier's in float32. */
  abstract void addTensors(ScriptArchive archive);

  /** Adds the lines that ready the weights for {@code batch} images. */
  void prepare(Script script) {}

  /** Turns (n, side, side, 3) unsigned bytes into what the first step reads. */
  String fromPixels(Script script, String pixels) {
    return fromStandardized(script, Standardization.apply(script, pixels));
  }

  /** Turns a standardised float32 (n, 3, side, side) into what the first step reads. */
  String fromStandardized(Script script, String x) {
    String arranged =
        script.assign("torch.contiguous(%s, memory_format=%d)".formatted(x, memoryFormat));
    return type == DType.F32 ? arranged : script.assign(typed(arranged));
  }

  /** The names that a script gives to activations. */
  static final class Values {
    private final Map<String, String> names = new HashMap<>();

    String of(String activation) {
      return Objects.requireNonNull(names.get(activation), activation);
    }
  }

  /**
   * Writes the steps up to the one that makes an activation.
   *
   * @param input the script's name of what the first step reads
   */
  final Values write(Script script, String input, String last) {
    Values values = new Values();
    values.names.put(Graph.INPUT, input);
    for (Step step : graph.upTo(last)) {
      write(script, step, values);
    }
    return values;
  }

  /** Writes one step, whose inputs have been written. */
  final void write(Script script, Step step, Values values) {
    String input = values.of(step.input());
    String output =
        switch (step) {
          case Step.Convolve c ->
              c.addend() == null
                  ? convolution(script, c, input)
                  : residual(script, c, input, values.of(c.addend()));
          case Step.Normalize n -> normalize(script, n, input);
          case Step.GroupNormalize g ->
              groupNormalize(script, g, input, g.addend() == null ? null : values.of(g.addend()));
          case Step.MaxPool p -> maxPool(script, p, input);
          case Step.AveragePool p -> averagePool(script, p, input);
          case Step.Pad p -> pad(script, p, input);
          case Step.GlobalPool p -> globalPool(script, p, input);
          case Step.Linear l -> linear(script, l, input);
          case Step.Excite e ->
              excite(script, e, input, values.of(e.factors()), values.of(e.addend()));
        };
    values.names.put(step.output(), output);
  }

  /** Writes a convolution with its batch norm, with a ReLU after it or not. */
  abstract String convolution(Script script, Step.Convolve step, String input);

  /**
   * Writes {@code convolution(input) + addend}, with a ReLU after it or not; it may write over the
   * addend.
   */
  abstract String residual(Script script, Step.Convolve step, String input, String addend);

  /** Writes {@code relu(scale · input + shift)}, channel by channel. */
  String normalize(Script script, Step.Normalize step, String input) {
    String each = "[1, %d, 1, 1]".formatted(channels(step));
    return script.assign(
        "torch.relu_(torch.addcmul(torch.reshape(%s, %s), %s, torch.reshape(%s, %s)))"
            .formatted(
                Script.attribute(step.bias()), each, input, Script.attribute(step.weight()), each));
  }

  /** Of an activation that is normalised. */
  final int channels(Step.Normalize step) {
    return graph.activation(step.output()).channels();
  }

  /** Writes a group norm and what follows it; the input is in any type. */
  String groupNormalize(
      Script script, Step.GroupNormalize step, String input, @Nullable String addend) {
    String normed = groupNorm(script, step, input);
    String sum =
        addend == null ? normed : script.assign("torch.add_(%s, %s)".formatted(normed, addend));
    return step.relu() ? script.assign("torch.relu_(%s)".formatted(sum)) : sum;
  }

  /** Writes a group norm alone. The operator computes in float32 for an input of any type. */
  final String groupNorm(Script script, Step.GroupNormalize step, String input) {
    return script.assign(
        "torch.group_norm(%s, %d, %s, %s, %s, %s)"
            .formatted(
                input,
                Step.GroupNormalize.GROUPS,
                groupNormTensor(step.weight()),
                groupNormTensor(step.bias()),
                Script.number(Folding.EPSILON),
                "False"));
  }

  /** The weight or the bias of a group norm, which is float32. */
  String groupNormTensor(String name) {
    return Script.attribute(name);
  }

  String maxPool(Script script, Step.MaxPool step, String input) {
    return script.assign(
        "torch.max_pool2d(%s, %s)".formatted(framed(script, step, input, "0."), geometry(step)));
  }

  /** With zeros around it, where the pool has them. */
  static String framed(Script script, Step.MaxPool step, String input, String zero) {
    return step.pool() == Topology.Pool.ZEROS
        ? script.assign("torch.constant_pad_nd(%s, [1, 1, 1, 1], %s)".formatted(input, zero))
        : input;
  }

  static String geometry(Step.MaxPool step) {
    return switch (step.pool()) {
      case PADDED -> "[3, 3], [2, 2], [1, 1], [1, 1], False";
      case BEYOND -> "[3, 3], [2, 2], [0, 0], [1, 1], True";
      case ZEROS -> "[3, 3], [2, 2], [0, 0], [1, 1], False";
      case NONE -> throw new IllegalArgumentException("there is no pool");
    };
  }

  String averagePool(Script script, Step.AveragePool step, String input) {
    return script.assign(averagePool(step, input));
  }

  /** With windows that may reach beyond the map, of which only what lies inside counts. */
  static String averagePool(Step.AveragePool step, String input) {
    String window = Script.pair(step.window());
    return "torch.avg_pool2d(%s, %s, %s, [0, 0], True, False, None)"
        .formatted(input, window, window);
  }

  /** The input has no negative values. */
  String pad(Script script, Step.Pad step, String input) {
    int channels = graph.activation(step.input()).channels();
    int before = (step.channels() - channels) / 2;
    int after = step.channels() - channels - before;
    return script.assign(
        ("torch.constant_pad_nd(torch.slice(torch.slice(%s, 2, 0, None, %d), 3, 0, None, %d),"
                + " [0, 0, 0, 0, %d, %d], 0.)")
            .formatted(input, step.stride(), step.stride(), before, after));
  }

  /** Writes a (n, channels) value in float32, for an input of any type. */
  String globalPool(Script script, Step.GlobalPool step, String input) {
    return script.assign("torch.mean(%s, [2, 3], False, dtype=6)".formatted(input));
  }

  String linear(Script script, Step.Linear step, String input) {
    String sum = "torch.linear(%s, %s, %s)".formatted(input, matrix(step), bias(step));
    return script.assign(
        switch (step.function()) {
          case IDENTITY -> sum;
          case RELU -> "torch.relu(%s)".formatted(sum);
          case SIGMOID -> "torch.sigmoid(%s)".formatted(sum);
        });
  }

  /** Writes {@code relu(factors · input + addend)}; the factors are (n, channels) in float32. */
  String excite(Script script, Step.Excite step, String input, String factors, String addend) {
    String each = script.assign(typed(perChannel(step, factors)));
    return script.assign("torch.relu_(torch.addcmul(%s, %s, %s))".formatted(addend, input, each));
  }

  /** Factors as (n, channels, 1, 1). */
  final String perChannel(Step.Excite step, String factors) {
    return "torch.reshape(%s, [-1, %d, 1, 1])"
        .formatted(factors, graph.activation(step.output()).channels());
  }

  /** A float32 value as the activations are. */
  final String typed(String value) {
    return type == DType.F32
        ? value
        : "torch.to(%s, %d, False, False, None)".formatted(value, type.torchScalarType());
  }

  /** A linear layer's (outputs, inputs) weight. */
  String matrix(Step.Linear step) {
    return weight(step);
  }

  static String weight(Step.Linear step) {
    return Script.attribute(step.layer() + ".weight");
  }

  static String bias(Step.Linear step) {
    return Script.attribute(step.layer() + ".bias");
  }

  static String weight(Step.Convolve step) {
    return Script.attribute(step.convolution().weight());
  }

  static String bias(Step.Convolve step) {
    return Script.attribute(step.convolution().foldedBias());
  }

  /** The classifier's (classes, width) weight, for anything but {@link #linear}. */
  String classifierWeight(Step.Linear step) {
    return weight(step);
  }

  /** An activation as others read it, in float32 and channels first. */
  String revealed(Script script, String activation, Values values) {
    String real =
        script.assign("torch.to(%s, 6, False, False, None)".formatted(values.of(activation)));
    return script.assign("torch.contiguous(%s, memory_format=0)".formatted(real));
  }
}
