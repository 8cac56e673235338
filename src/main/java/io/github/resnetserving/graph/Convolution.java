package io.github.resnetserving.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A square convolution without bias, and the norm after it if there is one.
 *
 * @param name prefix of the weight's tensor, such as {@code layer1.0.conv1}
 * @param norm prefix of the norm's tensors, such as {@code layer1.0.bn1}; null where none follows
 *     at once
 * @param inputs channels in
 * @param outputs channels out
 * @param kernel side of the kernel, odd
 * @param stride step between outputs
 * @param groups into which inputs and outputs are divided: an output is computed from the inputs of
 *     its own group alone (ResNeXt of Xie et al. 2016, arXiv 1611.05431); usually 1
 */
public record Convolution(
    String name,
    @Nullable String norm,
    int inputs,
    int outputs,
    int kernel,
    int stride,
    int groups) {

  /** A convolution of one group. */
  public Convolution(
      String name, @Nullable String norm, int inputs, int outputs, int kernel, int stride) {
    this(name, norm, inputs, outputs, kernel, stride, /* groups= */ 1);
  }

  /** The same without the norm after it. */
  Convolution alone() {
    return new Convolution(name, /* norm= */ null, inputs, outputs, kernel, stride, groups);
  }

  /** Keeps the size at stride 1. */
  public int padding() {
    return kernel / 2;
  }

  /** The side of the output for a square input of the given side. */
  public int outputSize(int inputSize) {
    return (inputSize + 2 * padding() - kernel) / stride + 1;
  }

  /** Channels that each output is computed from. */
  public int groupInputs() {
    return inputs / groups;
  }

  /** (outputs, inputs of a group, kernel, kernel). */
  public List<Integer> weightShape() {
    return List.of(outputs, groupInputs(), kernel, kernel);
  }

  /** Numbers of the weight that make one output. */
  int weightsPerOutput() {
    return groupInputs() * kernel * kernel;
  }

  /** The input channel that the i-th number of the row-major weight is for. */
  int inputOf(int i) {
    int output = i / weightsPerOutput();
    return output / (outputs / groups) * groupInputs() + i % weightsPerOutput() / (kernel * kernel);
  }

  /** Name of the weight's tensor, before and after folding. */
  public String weight() {
    return name + ".weight";
  }

  /** Name of the bias that folding makes; the convolution has none before. */
  public String foldedBias() {
    return name + ".bias";
  }
}
