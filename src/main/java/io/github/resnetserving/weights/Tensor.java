package io.github.resnetserving.weights;

import java.util.List;
import java.util.function.Supplier;

/** Stub until the package lands. */
public record Tensor(List<Integer> shape, Supplier<float[]> values) {
  public float[] toFloats() {
    return values.get();
  }
}
