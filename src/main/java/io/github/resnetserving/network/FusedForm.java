package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;

/** oneDNN's fused operators on float32 or bfloat16, channels last. */
record FusedForm(Topology topology, Folding folding, ElementType type) implements PlanForm {

  @Override
  public void addTensors(ScriptArchive archive) {
    folding.addConvolutions(archive, topology, type);
    folding.addClassifier(archive, topology);
  }

  @Override
  public void prepare(Script script, int size) {
    Preparation.write(script, topology, size);
    if (topology.classifies()) {
      script.line(OneDnnOperators.reordering(topology.classifier()));
    }
  }

  @Override
  public Value fromPixels(Script script, String pixels, int size) {
    return input(script, Standardization.apply(script, pixels, size));
  }

  @Override
  public Value fromStandardized(Script script, String x, int size) {
    return input(script, Value.input(x, size));
  }

  private Value input(Script script, Value standardized) {
    Value x = MemoryFormat.CHANNELS_LAST.of(script, standardized);
    return type == ElementType.FLOAT32
        ? x
        : script.assign(
            "torch.to(%s, %d, False, False, None)".formatted(x.name(), type.scalarType()),
            x,
            x.channels(),
            x.size());
  }

  @Override
  public Operators operators() {
    return new FusedOperators();
  }
}
