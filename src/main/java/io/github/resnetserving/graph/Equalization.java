package io.github.resnetserving.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Cross-layer equalisation (Nagel et al. 2019, arXiv 1906.04721, section 4.1) of convolutions in a
 * chain, as those of a block are, for 8-bit plans. A ReLU lets positive factors through, so that a
 * channel between two convolutions can be made smaller behind the first and its weights in the
 * second larger, or the other way round. The factors are those that give the channel's weights the
 * same range on both sides.
 *
 * <p>Nothing but batch norms' weights and biases and convolutions' weights change, by name.
 */
final class Equalization {

  /** Of values that are never equalised. */
  static final Equalization NONE = new Equalization();

  private static final double SETTLED = 1e-4;
  private static final int SWEEPS = 100;

  private final Map<String, double[]> divisors = new HashMap<>(); // of batch norms, by channel
  private final Map<String, Inputs> factors = new HashMap<>(); // by the weight's name

  /** Factors of a weight's input channels. */
  @SuppressWarnings("ArrayRecordComponent") // a scratch value
  private record Inputs(Convolution convolution, double[] factors) {}

  private Equalization() {}

  static Equalization of(Graph graph, Folding folding) {
    Equalization equalization = new Equalization();
    chains(graph).forEach(chain -> equalization.equalize(chain, folding));
    return equalization;
  }

  /** Convolutions each of which alone reads what the one before it made, after a ReLU. */
  static List<List<Convolution>> chains(Graph graph) {
    Map<String, Integer> readers = new HashMap<>();
    for (Step step : graph.steps()) {
      step.reads().forEach(read -> readers.merge(read, 1, Integer::sum));
    }
    Map<String, List<Convolution>> open = new HashMap<>(); // by the output of their last
    List<List<Convolution>> chains = new ArrayList<>();
    graph
        .convolutions()
        .forEach(step -> {
          List<Convolution> chain = open.get(step.input());
          if (chain == null) {
            chain = new ArrayList<>();
            chains.add(chain);
          }
          chain.add(step.convolution());
          if (step.relu() && readers.getOrDefault(step.output(), 0) == 1) {
            open.put(step.output(), chain);
          }
        });
    chains.removeIf(chain -> chain.size() == 1);
    return chains;
  }

  private void equalize(List<Convolution> body, Folding folding) {
    List<double[][]> magnitudes =
        body.stream().map(convolution -> magnitudes(convolution, folding)).toList();
    double[][] scales = new double[body.size() - 1][]; // of the channels between two convolutions
    for (int i = 0; i < scales.length; i++) {
      scales[i] = new double[body.get(i).outputs()];
      Arrays.fill(scales[i], 1);
    }
    boolean settled = false;
    for (int sweep = 0; sweep < SWEEPS && !settled; sweep++) {
      settled = true;
      for (int i = 0; i < scales.length; i++) {
        double[] before = i == 0 ? null : scales[i - 1];
        double[] after = i + 1 < scales.length ? scales[i + 1] : null;
        for (int c = 0; c < scales[i].length; c++) {
          double first = outputRange(magnitudes.get(i)[c], before);
          double second = inputRange(magnitudes.get(i + 1), c, after);
          if (first > 0 && second > 0) {
            double scale = Math.sqrt(first / second);
            settled &= Math.abs(scale / scales[i][c] - 1) < SETTLED;
            scales[i][c] = scale;
          }
        }
      }
    }
    for (int i = 0; i < scales.length; i++) {
      String norm = Objects.requireNonNull(body.get(i).norm(), "a ReLU follows a norm");
      divisors.put(norm + ".weight", scales[i]);
      divisors.put(norm + ".bias", scales[i]);
      Convolution next = body.get(i + 1);
      factors.put(next.weight(), new Inputs(next, scales[i]));
    }
  }

  /** The largest magnitude of each (output, input) pair's folded kernel; 0 across groups. */
  private static double[][] magnitudes(Convolution convolution, Folding folding) {
    float[] weights = folding.foldedWeight(convolution);
    double[][] magnitudes = new double[convolution.outputs()][convolution.inputs()];
    for (int i = 0; i < weights.length; i++) {
      double[] row = magnitudes[i / convolution.weightsPerOutput()];
      int input = convolution.inputOf(i);
      row[input] = Math.max(row[input], Math.abs(weights[i]));
    }
    return magnitudes;
  }

  /** Of an output channel's weights, before its own scale. */
  private static double outputRange(double[] row, double @Nullable [] inputs) {
    double range = 0;
    for (int c = 0; c < row.length; c++) {
      range = Math.max(range, inputs == null ? row[c] : row[c] * inputs[c]);
    }
    return range;
  }

  /** Of an input channel's weights, before its own scale. */
  private static double inputRange(
      double[][] magnitudes, int channel, double @Nullable [] outputs) {
    double range = 0;
    for (int k = 0; k < magnitudes.length; k++) {
      double magnitude = magnitudes[k][channel];
      range = Math.max(range, outputs == null ? magnitude : magnitude / outputs[k]);
    }
    return range;
  }

  /** A tensor's values as they are in the equalised network; changes the given array. */
  float[] applied(String tensor, float[] values) {
    double[] divisor = divisors.get(tensor);
    Inputs inputs = factors.get(tensor);
    if (divisor != null) {
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (values[i] / divisor[i]);
      }
    }
    if (inputs != null) {
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (values[i] * inputs.factors()[inputs.convolution().inputOf(i)]);
      }
    }
    return values;
  }
}
