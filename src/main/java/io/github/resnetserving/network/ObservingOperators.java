package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;
import java.util.List;

/** Plain steps, each followed by one that counts its output's values in a histogram. */
record ObservingOperators(PlainOperators steps, List<String> activations) implements Operators {

  /** The attribute that holds a row of counts for each activation. */
  static final String HISTOGRAMS = "histograms";

  @Override
  public Value convolution(Script script, Value input, Convolution convolution, boolean relu) {
    return observed(script, steps.convolution(script, input, convolution, relu));
  }

  @Override
  public Value residual(Script script, Value input, Convolution convolution, Value shortcut) {
    return observed(script, steps.residual(script, input, convolution, shortcut));
  }

  /** Bins are logarithmic: no range need be known before the first picture. */
  private Value observed(Script script, Value value) {
    // In the order in which the numbers lie, so that nothing is copied.
    String flat =
        script.assign("torch.flatten(torch.permute(%s, [0, 2, 3, 1]))".formatted(value.name()));
    String magnitude =
        script.assign(
            "torch.clamp(torch.add(torch.mul(torch.log2(torch.abs(%s)), %d), %d), 0, %d)"
                .formatted(flat, Histogram.PER_OCTAVE, Histogram.MIDDLE / 2, Histogram.MIDDLE));
    String bin =
        script.assign(
            "torch.add(torch.mul(torch.sign(%s), torch.round(%s)), %d)"
                .formatted(flat, magnitude, Histogram.MIDDLE));
    script.assign(
        "torch.add_(torch.select(self.%s, 0, %d), "
                .formatted(HISTOGRAMS, activations.indexOf(value.activation()))
            + "torch.bincount(torch.to(%s, 3, False, False, None), None, %d))"
                .formatted(bin, Histogram.BINS));
    return value;
  }
}
