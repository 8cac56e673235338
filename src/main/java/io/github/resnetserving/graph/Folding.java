package io.github.resnetserving.graph;

import io.github.resnetserving.checkpoint.Tensor;
import io.github.resnetserving.checkpoint.TensorSource;
import io.github.resnetserving.tensor.DType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Folds each batch norm into the convolution before it, in double precision: {@code w' = w γ / √(σ²
 * + ε)} and {@code b' = β - μ γ / √(σ² + ε)}. One that follows no convolution becomes a scale and a
 * shift.
 */
public final class Folding {

  /** What torch, timm and Hugging Face add to the variance, in batch norms and group norms. */
  public static final double EPSILON = 1e-5;

  private final Map<String, Tensor> tensors;
  private final Equalization equalization;

  Folding(Map<String, Tensor> tensors) {
    this(tensors, Equalization.NONE);
  }

  private Folding(Map<String, Tensor> tensors, Equalization equalization) {
    this.tensors = tensors;
    this.equalization = equalization;
  }

  /** The same function of the image, by weights that 8 bits hold better. */
  Folding equalized(Graph graph) {
    return new Folding(tensors, Equalization.of(graph, this));
  }

  /** The folded (out, in, kernel, kernel) weight. */
  float[] foldedWeight(Convolution convolution) {
    float[] weight = values(convolution.weight());
    String norm = convolution.norm();
    if (norm == null) {
      return weight;
    }
    double[] scale = exactScale(norm);
    int perOutput = weight.length / convolution.outputs();
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) (weight[i] * scale[i / perOutput]);
    }
    return weight;
  }

  /** The folded (out,) bias. */
  public float[] foldedBias(Convolution convolution) {
    String norm = convolution.norm();
    return norm == null ? new float[convolution.outputs()] : shift(norm);
  }

  /** What a batch norm multiplies each channel by. */
  float[] scale(String norm) {
    double[] exact = exactScale(norm);
    float[] scale = new float[exact.length];
    for (int i = 0; i < scale.length; i++) {
      scale[i] = (float) exact[i];
    }
    return scale;
  }

  /** What a batch norm then adds to each channel. */
  float[] shift(String norm) {
    double[] scale = exactScale(norm);
    float[] beta = values(norm + ".bias");
    float[] mean = values(norm + ".running_mean");
    float[] bias = new float[beta.length];
    for (int i = 0; i < bias.length; i++) {
      bias[i] = (float) (beta[i] - mean[i] * scale[i]);
    }
    return bias;
  }

  /**
   * The folded weights and biases of a graph's convolutions and norms, and those of group norms and
   * linear layers in float32.
   *
   * @param dtype of what is folded
   */
  public SequencedMap<String, TensorSource> tensors(Graph graph, DType dtype) {
    SequencedMap<String, TensorSource> tensors = new LinkedHashMap<>();
    graph
        .convolutions()
        .map(Step.Convolve::convolution)
        .forEach(c -> {
          tensors.put(c.weight(), TensorSource.of(dtype, c.weightShape(), () -> foldedWeight(c)));
          tensors.put(
              c.foldedBias(), TensorSource.of(dtype, List.of(c.outputs()), () -> foldedBias(c)));
        });
    graph
        .normalizations()
        .forEach(n -> {
          int channels = graph.activation(n.output()).channels();
          tensors.put(
              n.weight(),
              TensorSource.of(dtype, List.of(channels, 1, 1, 1), () -> scale(n.norm())));
          tensors.put(n.bias(), TensorSource.of(dtype, List.of(channels), () -> shift(n.norm())));
        });
    addUnfolded(tensors, graph);
    return tensors;
  }

  /** Adds the group norms' and linear layers' weights and biases, as they are. */
  void addUnfolded(Map<String, TensorSource> tensors, Graph graph) {
    graph
        .groupNorms()
        .forEach(norm -> {
          List<Integer> each = List.of(graph.activation(norm.output()).channels());
          for (String name : List.of(norm.weight(), norm.bias())) {
            tensors.put(name, TensorSource.of(DType.F32, each, () -> values(name)));
          }
        });
    graph
        .linears()
        .forEach(linear -> {
          String weight = linear.layer() + ".weight";
          String bias = linear.layer() + ".bias";
          int inputs = graph.activation(linear.input()).channels();
          List<Integer> each = List.of(linear.outputs());
          tensors.put(
              weight,
              TensorSource.of(DType.F32, List.of(linear.outputs(), inputs), () -> values(weight)));
          tensors.put(bias, TensorSource.of(DType.F32, each, () -> values(bias)));
        });
  }

  /** Mean and variance of each channel, as a batch norm found them. */
  Moments[] momentsBefore(String norm) {
    float[] mean = values(norm + ".running_mean");
    float[] variance = values(norm + ".running_var");
    Moments[] moments = new Moments[mean.length];
    for (int i = 0; i < moments.length; i++) {
      moments[i] = new Moments(mean[i], variance[i]);
    }
    return moments;
  }

  /** Mean and variance of each channel, as a norm leaves them. */
  Moments[] momentsAfter(String norm) {
    float[] gamma = values(norm + ".weight");
    float[] beta = values(norm + ".bias");
    Moments[] moments = new Moments[beta.length];
    for (int i = 0; i < moments.length; i++) {
      moments[i] = new Moments(beta[i], (double) gamma[i] * gamma[i]);
    }
    return moments;
  }

  private double[] exactScale(String norm) {
    float[] gamma = values(norm + ".weight");
    float[] variance = values(norm + ".running_var");
    double[] scale = new double[gamma.length];
    for (int i = 0; i < scale.length; i++) {
      scale[i] = gamma[i] / Math.sqrt(variance[i] + EPSILON);
    }
    return scale;
  }

  /** A tensor's values, which are not folded. */
  float[] values(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalStateException("the network was not checked: it lacks " + name);
    }
    return equalization.applied(name, tensor.toFloats());
  }
}
