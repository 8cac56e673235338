package io.github.resnetserving.network;

import io.github.resnetserving.network.DirectProgram.Step;
import io.github.resnetserving.network.Script.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Folded steps as a {@link DirectProgram} has them; the script only gives names. */
final class StepOperators implements Operators {

  private static final AffineQuantizer REAL = new AffineQuantizer(1, 0);

  private final Map<String, AffineQuantizer> quantizers;
  private final SequencedMap<String, DirectProgram.Activation> maps = new LinkedHashMap<>();
  private final List<Step> steps = new ArrayList<>();

  /**
   * @param quantizers of each activation; empty where they are not bytes
   */
  StepOperators(Map<String, AffineQuantizer> quantizers) {
    this.quantizers = quantizers;
  }

  SequencedMap<String, DirectProgram.Activation> maps() {
    return maps;
  }

  List<Step> steps() {
    return steps;
  }

  @Override
  public Value convolution(Script script, Value input, Convolution convolution, boolean relu) {
    return convolution(script, input, convolution, relu, null);
  }

  @Override
  public Value residual(Script script, Value input, Convolution convolution, Value shortcut) {
    return convolution(script, input, convolution, /* relu= */ true, shortcut.name());
  }

  private Value convolution(
      Script script, Value input, Convolution convolution, boolean relu, @Nullable String addend) {
    Value output = made(script.assign("", input, convolution));
    boolean framed = quantizers.containsKey(Value.INPUT) && input.activation().equals(Value.INPUT);
    steps.add(
        new Step.Convolve(
            output.name(),
            input.name(),
            convolution.name(),
            convolution.kernel(),
            convolution.stride(),
            framed ? 0 : convolution.padding(),
            relu,
            addend));
    return output;
  }

  @Override
  public Value maxPool(Script script, Value input) {
    Value output = made(Operators.super.maxPool(script, input));
    steps.add(new Step.MaxPool(output.name(), input.name()));
    return output;
  }

  @Override
  public Value padded(Script script, Value input, int channels, int stride) {
    Value output = made(Operators.super.padded(script, input, channels, stride));
    steps.add(new Step.Pad(output.name(), input.name(), stride));
    return output;
  }

  private Value made(Value value) {
    AffineQuantizer quantizer = quantizers.getOrDefault(value.activation(), REAL);
    maps.put(
        value.name(),
        new DirectProgram.Activation(
            value.channels(), value.size(), quantizer.scale(), quantizer.zeroPoint()));
    return value;
  }
}
