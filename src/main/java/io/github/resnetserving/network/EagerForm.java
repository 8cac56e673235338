package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;
import io.github.resnetserving.weights.Tensor;
import java.util.SequencedMap;

/** Nothing folded, channels first. */
record EagerForm(SequencedMap<String, Tensor> tensors) implements PlanForm {

  @Override
  public void addTensors(ScriptArchive archive) {
    tensors.forEach((name, tensor) ->
        archive.attribute(Script.attributeName(name), tensor.shape(), tensor::toFloats));
  }

  @Override
  public void prepare(Script script, int size) {}

  @Override
  public Value fromPixels(Script script, String pixels, int size) {
    return input(script, Standardization.apply(script, pixels, size));
  }

  @Override
  public Value fromStandardized(Script script, String x, int size) {
    return input(script, Value.input(x, size));
  }

  private static Value input(Script script, Value standardized) {
    return MemoryFormat.CHANNELS_FIRST.of(script, standardized);
  }

  @Override
  public Operators operators() {
    return new TrainingOperators(/* training= */ false);
  }
}
