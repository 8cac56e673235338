package io.github.resnetserving.graph;

import io.github.resnetserving.models.Calibration.ActivationRange;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a network's batch norms tell of its activations without any data: a batch norm's output has
 * its bias for mean and its weight for standard deviation, and is taken to be Gaussian (Nagel et
 * al. 2019, arXiv 1906.04721, sections 4.2.1 and 5.1.1).
 *
 * <p>An excitation's factors are taken to be those of an image in which each channel has its mean.
 * A shortcut is taken to be independent of what it is added to, and a pool to move nothing. Where a
 * batch norm reads a sum or a convolution that has no norm of its own, its running statistics tell
 * them; of any other such convolution the inputs are taken to be independent. A group norm's output
 * is taken to be as a batch norm's.
 */
final class ActivationStatistics {

  /** Deviations from a channel's mean that a range covers. */
  private static final double DEVIATIONS = 6;

  private final Map<String, Gaussians> outputs = new LinkedHashMap<>();
  private final Map<String, Gaussians> inputs = new HashMap<>();
  private final Map<String, double[]> vectors = new HashMap<>(); // of an image of the mean values

  private final Set<String> reals;

  private ActivationStatistics(Set<String> reals) {
    this.reals = reals;
  }

  static ActivationStatistics of(Graph graph, Folding folding) {
    ActivationStatistics statistics = new ActivationStatistics(graph.reals());
    Map<String, String> norms = new HashMap<>(); // by what they read
    graph
        .normalizations()
        .forEach(step -> norms.put(graph.activation(step.input()).range(), step.norm()));
    for (Step step : graph.upTo(graph.last())) {
      if (step instanceof Step.Convolve convolve) {
        statistics.add(graph, convolve, folding, norms.get(step.output()));
      } else if (step instanceof Step.Normalize normalize) {
        statistics.outputs.put(
            step.output(), new Gaussians(folding.momentsAfter(normalize.norm()), /* relu= */ true));
      } else if (step instanceof Step.GroupNormalize norm) {
        Moments[] normed = folding.momentsAfter(norm.norm());
        statistics.outputs.put(
            step.output(), new Gaussians(statistics.plusAddend(graph, step, normed), norm.relu()));
      } else if (step instanceof Step.GlobalPool pool && !pool.output().equals(Graph.FEATURES)) {
        statistics.vectors.put(pool.output(), statistics.means(pool.input()));
      } else if (step instanceof Step.Linear linear) {
        statistics.vectors.put(step.output(), statistics.product(linear, folding));
      } else if (step instanceof Step.Excite excite) {
        statistics.outputs.put(
            step.output(), new Gaussians(statistics.excited(graph, excite), /* relu= */ true));
      }
    }
    return statistics;
  }

  private void add(Graph graph, Step.Convolve step, Folding folding, @Nullable String reader) {
    String range = graph.activation(step.input()).range();
    if (!range.equals(Graph.INPUT)) {
      inputs.put(step.output(), gaussians(outputs, range));
    }
    Moments[] channels =
        reader == null ? sums(graph, step, folding) : folding.momentsBefore(reader);
    outputs.put(step.output(), new Gaussians(channels, step.relu()));
  }

  private Moments[] sums(Graph graph, Step.Convolve step, Folding folding) {
    String norm = step.convolution().norm();
    Moments[] channels =
        norm == null ? products(step.convolution(), folding) : folding.momentsAfter(norm);
    return plusAddend(graph, step, channels);
  }

  private double[] means(String activation) {
    return Arrays.stream(gaussians(outputs, activation).channels())
        .mapToDouble(Moments::mean)
        .toArray();
  }

  private double[] product(Step.Linear step, Folding folding) {
    float[] weights = folding.values(step.layer() + ".weight");
    float[] bias = folding.values(step.layer() + ".bias");
    double[] read = Objects.requireNonNull(vectors.get(step.input()), step.input());
    double[] made = new double[bias.length];
    for (int k = 0; k < made.length; k++) {
      double sum = bias[k];
      for (int i = 0; i < read.length; i++) {
        sum += weights[k * read.length + i] * read[i];
      }
      made[k] =
          switch (step.function()) {
            case IDENTITY -> sum;
            case RELU -> Math.max(0, sum);
            case SIGMOID -> 1 / (1 + Math.exp(-sum));
          };
    }
    return made;
  }

  private Moments[] excited(Graph graph, Step.Excite step) {
    double[] factors = Objects.requireNonNull(vectors.get(step.factors()), step.factors());
    Moments[] channels = gaussians(outputs, step.input()).channels().clone();
    for (int c = 0; c < channels.length; c++) {
      channels[c] = channels[c].times(factors[c]);
    }
    return plusAddend(graph, step, channels);
  }

  private Moments[] plusAddend(Graph graph, Step step, Moments[] channels) {
    String addend = step.addend();
    if (addend != null) {
      Moments[] added = gaussians(outputs, graph.activation(addend).range()).afterRelu();
      int before = (channels.length - added.length) / 2; // zero channels around the shortcut's own
      for (int c = 0; c < added.length; c++) {
        channels[before + c] = channels[before + c].plus(added[c]);
      }
    }
    return channels;
  }

  /** Those of a convolution without a norm, from its inputs. */
  private Moments[] products(Convolution convolution, Folding folding) {
    float[] weights = folding.foldedWeight(convolution);
    Gaussians read = inputs.get(convolution.name());
    Moments[] moments = read == null ? standardized(convolution.inputs()) : read.afterRelu();
    int each = convolution.weightsPerOutput();
    Moments[] channels = new Moments[convolution.outputs()];
    Arrays.fill(channels, new Moments(0, 0));
    for (int i = 0; i < weights.length; i++) {
      channels[i / each] =
          channels[i / each].plus(moments[convolution.inputOf(i)].times(weights[i]));
    }
    return channels;
  }

  private static Moments[] standardized(int channels) {
    Moments[] moments = new Moments[channels];
    Arrays.fill(moments, new Moments(0, 1));
    return moments;
  }

  /** The range of each activation in bytes that has one of its own. */
  Map<String, ActivationRange> ranges() {
    Map<String, ActivationRange> ranges = new LinkedHashMap<>();
    outputs.forEach((name, gaussians) -> {
      if (!reals.contains(name)) {
        ranges.put(name, gaussians.range(DEVIATIONS));
      }
    });
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

  /**
   * The Gaussian channels of an activation before its ReLU.
   *
   * @param channels of each channel
   * @param relu whether a ReLU follows
   */
  @SuppressWarnings("ArrayRecordComponent") // a scratch value
  private record Gaussians(Moments[] channels, boolean relu) {

    Moments[] afterRelu() {
      return relu
          ? Arrays.stream(channels).map(Moments::rectified).toArray(Moments[]::new)
          : channels;
    }

    /** What all channels span, up to some deviations from their means. */
    ActivationRange range(double deviations) {
      double low = 0;
      double high = 0;
      for (Moments channel : channels) {
        low = Math.min(low, channel.mean() - deviations * channel.deviation());
        high = Math.max(high, channel.mean() + deviations * channel.deviation());
      }
      if (relu) {
        low = 0;
      }
      return low < high ? new ActivationRange(low, high) : new ActivationRange(0, 1); // all zero
    }
  }
}
