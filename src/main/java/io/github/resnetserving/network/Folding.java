package io.github.resnetserving.network;

import io.github.resnetserving.weights.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Folds each batch norm into the convolution before it, in double precision: {@code w' = w γ / √(σ²
 * + ε)} and {@code b' = β - μ γ / √(σ² + ε)}.
 */
final class Folding {

  /** What torch, timm and Hugging Face add to the variance. */
  private static final double EPSILON = 1e-5;

  private final Map<String, Tensor> tensors;
  private final Equalization equalization;

  Folding(Map<String, Tensor> tensors) {
    this(tensors, Equalization.NONE);
  }

  private Folding(Map<String, Tensor> tensors, Equalization equalization) {
    this.tensors = tensors;
    this.equalization = equalization;
  }

  /** The same function of the picture, by weights that 8 bits hold better. */
  Folding equalized(Topology topology) {
    return new Folding(tensors, Equalization.of(topology, this));
  }

  /** Name of the folded weight. */
  static String weight(Convolution convolution) {
    return convolution.weight();
  }

  /** Name of the folded bias, which the convolution had not before. */
  static String bias(Convolution convolution) {
    return convolution.name() + ".bias";
  }

  /** The folded (out, in, kernel, kernel) weight. */
  float[] foldedWeight(Convolution convolution) {
    float[] weight = values(convolution.weight());
    double[] scale = scale(convolution);
    int perOutput = weight.length / convolution.outputs();
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) (weight[i] * scale[i / perOutput]);
    }
    return weight;
  }

  /** The folded (out,) bias. */
  float[] foldedBias(Convolution convolution) {
    double[] scale = scale(convolution);
    float[] beta = values(convolution.norm() + ".bias");
    float[] mean = values(convolution.norm() + ".running_mean");
    float[] bias = new float[beta.length];
    for (int i = 0; i < bias.length; i++) {
      bias[i] = (float) (beta[i] - mean[i] * scale[i]);
    }
    return bias;
  }

  /** Each convolution's folded weight and bias. */
  void addConvolutions(ScriptArchive archive, Topology topology, ElementType type) {
    for (Convolution convolution : topology.convolutions()) {
      archive.attribute(
          Script.attributeName(weight(convolution)),
          type,
          convolution.weightShape(),
          () -> foldedWeight(convolution));
      archive.attribute(
          Script.attributeName(bias(convolution)),
          type,
          List.of(convolution.outputs()),
          () -> foldedBias(convolution));
    }
  }

  /** The last layer's weight and bias, as they are, where there is one. */
  void addClassifier(ScriptArchive archive, Topology topology) {
    if (!topology.classifies()) {
      return;
    }
    String weight = topology.classifier() + ".weight";
    String bias = topology.classifier() + ".bias";
    archive.attribute(
        Script.attributeName(weight),
        List.of(topology.classes(), topology.width()),
        () -> values(weight));
    archive.attribute(Script.attributeName(bias), List.of(topology.classes()), () -> values(bias));
  }

  /** Mean and variance of each output channel, as the batch norm leaves them. */
  Moments[] moments(Convolution convolution) {
    float[] gamma = values(convolution.norm() + ".weight");
    float[] beta = values(convolution.norm() + ".bias");
    Moments[] moments = new Moments[beta.length];
    for (int i = 0; i < moments.length; i++) {
      moments[i] = new Moments(beta[i], (double) gamma[i] * gamma[i]);
    }
    return moments;
  }

  private double[] scale(Convolution convolution) {
    float[] gamma = values(convolution.norm() + ".weight");
    float[] variance = values(convolution.norm() + ".running_var");
    double[] scale = new double[gamma.length];
    for (int i = 0; i < scale.length; i++) {
      scale[i] = gamma[i] / Math.sqrt(variance[i] + EPSILON);
    }
    return scale;
  }

  float[] values(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalStateException("the network was not checked: it lacks " + name);
    }
    return equalization.applied(name, tensor.toFloats());
  }
}
