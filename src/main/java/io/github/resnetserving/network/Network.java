package io.github.resnetserving.network;

import io.github.resnetserving.model.Normalization;
import io.github.resnetserving.model.Variant;
import io.github.resnetserving.network.Script.Value;
import io.github.resnetserving.weights.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A residual network: its topology and its tensors.
 *
 * <p>Immutable, and as long-lived as the checkpoint that its tensors lie in.
 */
public final class Network {

  private final Topology topology;
  private final SequencedMap<String, Tensor> tensors;

  private Network(Topology topology, SequencedMap<String, Tensor> tensors) {
    this.topology = topology;
    this.tensors = tensors;
  }

  /**
   * Recognises a network by its tensors' names and shapes and checks every value.
   *
   * @param tensors by torchvision's, timm's or Hugging Face's names
   * @param variant where bottlenecks have their stride
   * @throws NetworkException if a tensor is missing, unexpected, misshapen or not finite
   */
  public static Network of(SequencedMap<String, Tensor> tensors, Variant variant)
      throws NetworkException {
    SequencedMap<String, Tensor> canonical = TensorNames.canonical(tensors);
    Map<String, List<Integer>> shapes = new LinkedHashMap<>();
    canonical.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    Topology topology = TopologyInference.infer(shapes, variant);
    for (Map.Entry<String, Tensor> entry : canonical.entrySet()) {
      checkValues(entry.getKey(), entry.getValue().toFloats());
    }
    return new Network(topology, canonical);
  }

  private static void checkValues(String name, float[] values) throws NetworkException {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new NetworkException(
            "%s holds %s at position %d: the weights are damaged, or training diverged"
                .formatted(name, values[i], i));
      }
      if (values[i] < 0 && name.endsWith(".running_var")) {
        throw new NetworkException(
            "%s holds %s at position %d: a variance cannot be negative"
                .formatted(name, values[i], i));
      }
    }
  }

  public Topology topology() {
    return topology;
  }

  /**
   * Writes a TorchScript archive that runs this network.
   *
   * <p>Its methods: {@code run(pixels)} takes (n, size, size, 3) unsigned bytes, {@code forward(x)}
   * a standardised (n, 3, size, size); both give the (n, classes) logits and the (n, width) pooled
   * features. {@code prepare(n)} reorders the weights for batches of n pictures; it must run once
   * before, and only once.
   *
   * @param size side of the input in pixels
   */
  public void writePlan(Path file, PlanKind kind, int size, Normalization normalization)
      throws IOException {
    ScriptArchive archive = new ScriptArchive(List.of(), List.of());
    addTensors(archive, kind);
    Standardization standardization = new Standardization(normalization);
    standardization.attributes().forEach(archive::attribute);
    Operators operators =
        switch (kind) {
          case FUSED -> new FusedOperators();
          case PLAIN -> new PlainOperators();
          case EAGER -> new TrainingOperators(/* training= */ false);
        };
    ForwardPass pass = new ForwardPass(topology, operators);
    archive.method(prepare(kind, size), "prepare(self, batch: int) -> int");
    Script run = new Script();
    finish(run, pass, kind, Standardization.apply(run, "pixels", size));
    archive.method(run, "run(self, pixels: Tensor) -> Tuple[Tensor, Tensor]");
    Script forward = new Script();
    finish(forward, pass, kind, new Value("x", 3, size));
    archive.method(forward, "forward(self, x: Tensor) -> Tuple[Tensor, Tensor]");
    archive.write(file);
  }

  private void addTensors(ScriptArchive archive, PlanKind kind) {
    if (kind == PlanKind.EAGER) {
      tensors.forEach((name, tensor) ->
          archive.attribute(Script.attributeName(name), tensor.shape(), tensor::toFloats));
      return;
    }
    Folding folding = new Folding(tensors);
    for (Convolution convolution : topology.convolutions()) {
      archive.attribute(
          Script.attributeName(Folding.weight(convolution)),
          convolution.weightShape(),
          () -> folding.foldedWeight(convolution));
      archive.attribute(
          Script.attributeName(Folding.bias(convolution)),
          List.of(convolution.outputs()),
          () -> folding.foldedBias(convolution));
    }
    for (String part : List.of(".weight", ".bias")) {
      String name = topology.classifier() + part;
      List<Integer> shape =
          part.equals(".weight")
              ? List.of(topology.classes(), topology.width())
              : List.of(topology.classes());
      archive.attribute(Script.attributeName(name), shape, () -> folding.values(name));
    }
  }

  private static void finish(Script script, ForwardPass pass, PlanKind kind, Value input) {
    // Memory formats 0 and 2 of c10: contiguous, channels last.
    Value x =
        script.assign(
            "torch.contiguous(%s, memory_format=%d)"
                .formatted(input.name(), kind == PlanKind.EAGER ? 0 : 2),
            input.channels(),
            input.size());
    String features = ForwardPass.pool(script, pass.trunk(script, x));
    String logits = pass.classify(script, features);
    script.line("return (%s, %s)".formatted(logits, features));
  }

  private Script prepare(PlanKind kind, int size) {
    Script script = kind == PlanKind.FUSED ? Preparation.of(topology, size) : new Script();
    script.line("return batch");
    return script;
  }
}
