package io.github.resnetserving.plan.torchscript;

import io.github.resnetserving.checkpoint.TensorSource;
import io.github.resnetserving.graph.AffineQuantizer;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Quantization;
import io.github.resnetserving.graph.Step;
import io.github.resnetserving.tensor.DType;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Folded steps on unsigned bytes in libtorch's quantised oneDNN operators. A sum of products is
 * exact in 32 bits; scale, bias, shortcut, ReLU and rounding follow in one pass.
 */
final class QuantizedLowering extends OneDnnLowering {

  /** The zero point of all weights, which the operators ask for: they are symmetric. */
  private static final String WEIGHT_ZERO_POINT = "weight_zero_point";

  private static final String FRAME = "input_frame";

  private final Quantization quantization;
  private final Set<String> reals;

  QuantizedLowering(Graph graph, Quantization quantization) {
    super(graph, DType.U8);
    this.quantization = quantization;
    this.reals = graph.reals();
  }

  @Override
  void addTensors(ScriptArchive archive) {
    quantization.tensors().forEach(archive::attribute);
    archive.attribute(
        WEIGHT_ZERO_POINT, TensorSource.of(DType.I32, List.of(1), () -> new float[1]));
    int framed = framedSide(Graph.INPUT);
    archive.attribute(
        FRAME, TensorSource.of(DType.U8, List.of(1, framed, framed, 3), () -> frame(framed)));
  }

  private float[] frame(int framed) {
    int[] colour = quantization.frameColour();
    float[] frame = new float[framed * framed * 3];
    for (int i = 0; i < frame.length; i++) {
      frame[i] = colour[i % 3];
    }
    return frame;
  }

  @Override
  void reorder(Script script, Step.Convolve step) {
    script.line(
        "%s = ops.onednn.qconv_prepack(%s, %s_scale, %s, %s, [batch, %d, %d, %d])"
            .formatted(
                weight(step),
                weight(step),
                weight(step),
                arguments(step.input()),
                geometry(script, step),
                step.convolution().inputs(),
                framedSide(step.input()),
                framedSide(step.input())));
  }

  @Override
  void reorder(Script script, Step.Normalize step) {
    int side = graph().activation(step.input()).side();
    script.line(
        "%s = ops.onednn.qconv_prepack(%s, %s_scale, %s, %s, [batch, %d, %d, %d])"
            .formatted(
                weight(step),
                weight(step),
                weight(step),
                bytes(step.input()),
                geometry(script, step),
                channels(step),
                side,
                side));
  }

  @Override
  String normalize(Script script, Step.Normalize step, String input) {
    return script.assign(
        "ops.onednn.qconv2d_pointwise(%s, %s, %s, %s_scale, self.%s, %s, %s, %s, \"relu\", %s)"
            .formatted(
                input,
                bytes(step.input()),
                weight(step),
                weight(step),
                WEIGHT_ZERO_POINT,
                bias(step),
                geometry(script, step),
                output(step),
                unaryArguments(script)));
  }

  private String geometry(Script script, Step.Normalize step) {
    return "%s, %s, %s, %d"
        .formatted(
            script.constantPair(1), script.constantPair(0), script.constantPair(1), channels(step));
  }

  /** Scale of bytes whose zero point is in the bias of what reads them. */
  private String bytes(String activation) {
    return Script.number(quantizer(activation).scale()) + ", 0";
  }

  @Override
  String fromPixels(Script script, String pixels) {
    int start = quantization.frame();
    int end = start + graph().activation(Graph.INPUT).side();
    String count = script.assign("torch.size(%s, 0)".formatted(pixels));
    String framed = script.assign("torch.repeat(self.%s, [%s, 1, 1, 1])".formatted(FRAME, count));
    String inside =
        script.assign(
            "torch.slice(torch.slice(%s, 1, %d, %d), 2, %d, %d)"
                .formatted(framed, start, end, start, end));
    script.assign("torch.copy_(%s, %s, False)".formatted(inside, pixels));
    return script.assign("torch.permute(%s, [0, 3, 1, 2])".formatted(framed));
  }

  /** Rounds to the bytes that an image would have had. */
  @Override
  String fromStandardized(Script script, String x) {
    String real =
        script.assign("torch.div(torch.sub(%s, self.input_shift), self.input_scale)".formatted(x));
    String whole = script.assign("torch.clamp(torch.round(%s), 0, 255)".formatted(real));
    String bytes =
        script.assign(
            "torch.to(%s, %d, False, False, None)".formatted(whole, DType.U8.torchScalarType()));
    return fromPixels(script, script.assign("torch.permute(%s, [0, 2, 3, 1])".formatted(bytes)));
  }

  @Override
  String convolution(Script script, Step.Convolve step, String input) {
    return script.assign(
        "ops.onednn.qconv2d_pointwise(%s, %s, %s, %s, \"%s\", %s)"
            .formatted(
                operands(step, input),
                bias(step),
                geometry(script, step),
                output(step),
                step.relu() ? "relu" : "none",
                unaryArguments(script)));
  }

  @Override
  String residual(Script script, Step.Convolve step, String input, String addend) {
    if (reals.contains(step.output())) { // a group norm reads it, so that no ReLU follows
      String made = convolution(script, step, input);
      return script.assign("torch.add_(%s, %s)".formatted(made, addend));
    }
    return script.assign(
        "ops.onednn.qconv2d_pointwise(%s, %s, %s, %s, %s, %s, \"sum\", 1., %s, %s)"
            .formatted(
                operands(step, input),
                addend,
                bias(step),
                geometry(script, step),
                output(step),
                arguments(Objects.requireNonNull(step.addend())),
                step.relu() ? "\"relu\"" : "None",
                unaryArguments(script)));
  }

  @Override
  String groupNormalize(
      Script script, Step.GroupNormalize step, String input, @Nullable String addend) {
    String normed = groupNorm(script, step, input);
    if (reals.contains(step.output())) {
      return normed; // an excitation scales it
    }
    String added = step.addend();
    String sum =
        addend == null || added == null
            ? normed
            : script.assign(
                "torch.add_(%s, %s)"
                    .formatted(
                        normed,
                        real(
                            script,
                            added,
                            script.assign(
                                "torch.to(%s, 6, False, False, None)".formatted(addend)))));
    return rounded(script, step, sum);
  }

  /** A float32 value to bytes, which cut off what is negative where a ReLU follows. */
  private String rounded(Script script, Step step, String real) {
    AffineQuantizer made = quantizer(step.output());
    String steps =
        script.assign(
            "torch.round_(torch.div_(%s, %s))".formatted(real, Script.number(made.scale())));
    String moved =
        made.zeroPoint() == 0
            ? steps
            : script.assign("torch.add_(%s, %d)".formatted(steps, made.zeroPoint()));
    return script.assign(typed("torch.clamp_(%s, 0, 255)".formatted(moved)));
  }

  @Override
  String maxPool(Script script, Step.MaxPool step, String input) {
    if (reals.contains(step.output())) {
      return super.maxPool(script, step, input);
    }
    String zero = Integer.toString(quantizer(step.input()).zeroPoint());
    String quantized = quantized(script, step, framed(script, step, input, zero));
    return bytes(script, "torch.quantized_max_pool2d(%s, %s)".formatted(quantized, geometry(step)));
  }

  @Override
  String averagePool(Script script, Step.AveragePool step, String input) {
    return bytes(script, averagePool(step, quantized(script, step, input)));
  }

  /** Plain bytes are refused by the pools, quantised tensors are not. */
  private String quantized(Script script, Step step, String input) {
    return script.assign(
        "torch._make_per_tensor_quantized_tensor(%s, %s)"
            .formatted(input, arguments(step.input())));
  }

  private static String bytes(Script script, String quantized) {
    return script.assign("torch.int_repr(%s)".formatted(script.assign(quantized)));
  }

  @Override
  String globalPool(Script script, Step.GlobalPool step, String input) {
    String mean = super.globalPool(script, step, input);
    return reals.contains(step.input()) ? mean : real(script, step.input(), mean);
  }

  /** In float32, and rounded to bytes at the end, which cuts off what is negative. */
  @Override
  String excite(Script script, Step.Excite step, String input, String factors, String addend) {
    String added = script.assign("torch.to(%s, 6, False, False, None)".formatted(addend));
    String each = script.assign(perChannel(step, factors));
    String sum =
        script.assign(
            "torch.addcmul(%s, %s, %s)".formatted(real(script, step.addend(), added), input, each));
    return rounded(script, step, sum);
  }

  @Override
  String revealed(Script script, String activation, Values values) {
    String revealed = super.revealed(script, activation, values);
    return reals.contains(activation) ? revealed : real(script, activation, revealed);
  }

  private String real(Script script, String activation, String bytes) {
    AffineQuantizer quantizer = quantizer(activation);
    String steps =
        quantizer.zeroPoint() == 0 // as after a ReLU
            ? bytes
            : script.assign("torch.sub(%s, %d)".formatted(bytes, quantizer.zeroPoint()));
    return script.assign("torch.mul(%s, %s)".formatted(steps, Script.number(quantizer.scale())));
  }

  private String operands(Step.Convolve step, String input) {
    return "%s, %s, %s, %s_scale, self.%s"
        .formatted(input, arguments(step.input()), weight(step), weight(step), WEIGHT_ZERO_POINT);
  }

  private static String geometry(Script script, Step.Convolve step) {
    int padding = step.input().equals(Graph.INPUT) ? 0 : step.convolution().padding();
    return "%s, %s, %s, %d"
        .formatted(
            script.constantPair(step.convolution().stride()),
            script.constantPair(padding),
            script.constantPair(1),
            step.convolution().groups());
  }

  /** The image brings its padding along. */
  private int framedSide(String activation) {
    int side = graph().activation(activation).side();
    return activation.equals(Graph.INPUT) ? side + 2 * quantization.frame() : side;
  }

  /** Scale, zero point and type of the output. */
  private String output(Step step) {
    return reals.contains(step.output())
        ? "1., 0, " + DType.F32.torchScalarType()
        : arguments(step.output()) + ", " + DType.U8.torchScalarType();
  }

  /** Scale and zero point as a program's text has them: {@code 0.05, 0}. */
  private String arguments(String activation) {
    AffineQuantizer quantizer = quantizer(activation);
    return Script.number(quantizer.scale()) + ", " + quantizer.zeroPoint();
  }

  private AffineQuantizer quantizer(String activation) {
    return quantization.quantizer(graph().activation(activation).range());
  }
}
