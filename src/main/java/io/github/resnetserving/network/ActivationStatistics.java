package io.github.resnetserving.network;

import io.github.resnetserving.model.ActivationRange;
import io.github.resnetserving.network.Script.Value;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a network's batch norms tell of its activations without any data: a batch norm's output has
 * its bias for mean and its weight for standard deviation, and is taken to be Gaussian (Nagel et
 * al. 2019, arXiv 1906.04721, sections 4.2.1 and 5.1.1).
 *
 * <p>A shortcut is taken to be independent of what it is added to, and the max pool to move
 * nothing.
 */
final class ActivationStatistics implements Operators {

  /** Deviations from a channel's mean that a range covers. */
  private static final double DEVIATIONS = 6;

  private final Folding folding;
  private final Map<String, Gaussians> outputs = new LinkedHashMap<>();
  private final Map<String, Gaussians> inputs = new HashMap<>();

  private ActivationStatistics(Folding folding) {
    this.folding = folding;
  }

  static ActivationStatistics of(Topology topology, Folding folding) {
    ActivationStatistics statistics = new ActivationStatistics(folding);
    new ForwardPass(topology, statistics).trunk(new Script(), Value.input("", 32));
    return statistics;
  }

  /** The range of each activation. */
  Map<String, ActivationRange> ranges() {
    Map<String, ActivationRange> ranges = new LinkedHashMap<>();
    outputs.forEach((name, gaussians) -> ranges.put(name, gaussians.range(DEVIATIONS)));
    return ranges;
  }

  /** The mean of each input channel of a convolution other than the first. */
  double[] inputMeans(Convolution convolution) {
    return Arrays.stream(gaussians(inputs, convolution.name()).afterRelu())
        .mapToDouble(Moments::mean)
        .toArray();
  }

  private static Gaussians gaussians(Map<String, Gaussians> all, String name) {
    Gaussians found = all.get(name);
    if (found == null) {
      throw new IllegalStateException("there are no statistics of " + name);
    }
    return found;
  }

  @Override
  public Value convolution(Script walk, Value input, Convolution convolution, boolean relu) {
    outputs.put(convolution.name(), new Gaussians(folding.moments(convolution), relu));
    return placed(walk, input, convolution);
  }

  @Override
  public Value residual(Script walk, Value input, Convolution convolution, Value shortcut) {
    Moments[] added = gaussians(outputs, shortcut.activation()).afterRelu();
    Moments[] sum = folding.moments(convolution);
    int before = (sum.length - added.length) / 2; // zero channels around the shortcut's own
    for (int c = 0; c < added.length; c++) {
      sum[before + c] = sum[before + c].plus(added[c]);
    }
    outputs.put(convolution.name(), new Gaussians(sum, /* relu= */ true));
    return placed(walk, input, convolution);
  }

  private Value placed(Script walk, Value input, Convolution convolution) {
    if (!input.activation().equals(Value.INPUT)) {
      inputs.put(convolution.name(), gaussians(outputs, input.activation()));
    }
    return walk.assign("", input, convolution);
  }
}
