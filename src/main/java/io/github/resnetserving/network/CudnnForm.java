package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;
import java.util.List;
import java.util.function.Supplier;

/** cuDNN's fused operators on float32 or float16, channels last, for a GPU. */
record CudnnForm(Topology topology, Folding folding, ElementType type) implements PlanForm {

  @Override
  public void addTensors(ScriptArchive archive) {
    addConvolution(archive, topology.stem(), () -> folding.foldedBias(topology.stem()));
    topology.stages().stream().flatMap(List::stream).forEach(block -> addBlock(archive, block));
    folding.addClassifier(archive, topology);
  }

  private void addBlock(ScriptArchive archive, Block block) {
    Convolution projection = block.projection();
    if (projection != null) {
      addWeight(archive, projection);
    }
    for (Convolution convolution : block.body()) {
      boolean ends = convolution.equals(block.body().getLast());
      addConvolution(
          archive, convolution, () -> ends ? residualBias(block) : folding.foldedBias(convolution));
    }
  }

  private void addConvolution(
      ScriptArchive archive, Convolution convolution, Supplier<float[]> bias) {
    addWeight(archive, convolution);
    archive.attribute(
        Script.attributeName(Folding.bias(convolution)),
        type,
        List.of(convolution.outputs()),
        bias);
  }

  private void addWeight(ScriptArchive archive, Convolution convolution) {
    archive.attribute(
        Script.attributeName(Folding.weight(convolution)),
        type,
        convolution.weightShape(),
        () -> folding.foldedWeight(convolution));
  }

  /** With the projection's: both are added to the same sum. */
  private float[] residualBias(Block block) {
    float[] bias = folding.foldedBias(block.body().getLast());
    Convolution projection = block.projection();
    if (projection != null) {
      float[] added = folding.foldedBias(projection);
      for (int i = 0; i < bias.length; i++) {
        bias[i] += added[i];
      }
    }
    return bias;
  }

  /** The operators would copy a weight that lies otherwise at every run. */
  @Override
  public void prepare(Script script, int size) {
    for (Convolution convolution : topology.convolutions()) {
      String weight = Script.attribute(Folding.weight(convolution));
      script.line("%s = torch.contiguous(%s, memory_format=2)".formatted(weight, weight));
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
    return new CudnnOperators();
  }
}
