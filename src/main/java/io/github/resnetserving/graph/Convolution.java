package io.github.resnetserving.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A square convolution without bias, and the batch norm after it if there is one.
 *
 * @param name prefix of the weight's tensor, such as {@code layer1.0.conv1}
 * @param norm prefix of the batch norm's four tensors, such as {@code layer1.0.bn1}; null where
 *     none follows at once
 * @param inputs channels in
 * @param outputs channels out
 * @param kernel side of the kernel, odd
 * @param stride step between outputs
 */
public record Convolution(
    String name, @Nullable String norm, int inputs, int outputs, int kernel, int stride) {

  /** Keeps the size at stride 1. */
  public int padding() {
    return kernel / 2;
  }

  /** The side of the output for a square input of the given side. */
  public int outputSize(int inputSize) {
    return (inputSize + 2 * padding() - kernel) / stride + 1;
  }

  /** (outputs, inputs, kernel, kernel). */
  public List<Integer> weightShape() {
    return List.of(outputs, inputs, kernel, kernel);
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
