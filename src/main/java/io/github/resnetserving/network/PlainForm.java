package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;

/** Batch norms folded, channels last. */
record PlainForm(Topology topology, Folding folding) implements PlanForm {

  @Override
  public void addTensors(ScriptArchive archive) {
    folding.addConvolutions(archive, topology, ElementType.FLOAT32);
    folding.addClassifier(archive, topology);
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
    return MemoryFormat.CHANNELS_LAST.of(script, standardized);
  }

  @Override
  public Operators operators() {
    return new PlainOperators();
  }
}
