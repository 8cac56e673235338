package io.github.resnetserving.plan.torchscript;

import io.github.resnetserving.graph.Folding;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Histogram;
import io.github.resnetserving.graph.Step;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Plain steps; lines that count its output's values follow each convolution and norm. */
final class CalibrationLowering extends PlainLowering {

  /** The attribute that holds a row of counts for each activation. */
  static final String HISTOGRAMS = "histograms";

  private final List<String> activations;

  /**
   * @param activations the rows of the counts
   */
  CalibrationLowering(Graph graph, Folding folding, List<String> activations) {
    super(graph, folding);
    this.activations = activations;
  }

  @Override
  String convolution(Script script, Step.Convolve step, String input) {
    return observed(script, step, super.convolution(script, step, input));
  }

  @Override
  String residual(Script script, Step.Convolve step, String input, String addend) {
    return observed(script, step, super.residual(script, step, input, addend));
  }

  @Override
  String normalize(Script script, Step.Normalize step, String input) {
    return observed(script, step, super.normalize(script, step, input));
  }

  @Override
  String groupNormalize(
      Script script, Step.GroupNormalize step, String input, @Nullable String addend) {
    return observed(script, step, super.groupNormalize(script, step, input, addend));
  }

  @Override
  String excite(Script script, Step.Excite step, String input, String factors, String addend) {
    return observed(script, step, super.excite(script, step, input, factors, addend));
  }

  /** Bins are logarithmic: no range need be known before the first image. */
  private String observed(Script script, Step step, String value) {
    int row = activations.indexOf(step.output());
    if (row < 0) { // it stays in float32
      return value;
    }
    // In the order in which the numbers lie, so that nothing is copied.
    String flat = script.assign("torch.flatten(torch.permute(%s, [0, 2, 3, 1]))".formatted(value));
    String magnitude =
        script.assign(
            "torch.clamp(torch.add(torch.mul(torch.log2(torch.abs(%s)), %d), %d), 0, %d)"
                .formatted(flat, Histogram.PER_OCTAVE, Histogram.MIDDLE / 2, Histogram.MIDDLE));
    String bin =
        script.assign(
            "torch.add(torch.mul(torch.sign(%s), torch.round(%s)), %d)"
                .formatted(flat, magnitude, Histogram.MIDDLE));
    script.assign(
        "torch.add_(torch.select(self.%s, 0, %d), ".formatted(HISTOGRAMS, row)
            + "torch.bincount(torch.to(%s, 3, False, False, None), None, %d))"
                .formatted(bin, Histogram.BINS));
    return value;
  }
}
