package io.github.resnetserving.plan.torchscript;

import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.graph.Step;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.plan.Target;
import io.github.resnetserving.plan.torchscript.Lowering.Values;
import io.github.resnetserving.tensor.DType;
import io.github.resnetserving.tensor.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a TorchScript archive that runs a network. Belongs to one thread.
 *
 * <p>The archive's methods: {@code run(pixels)} takes (n, side, side, 3) unsigned bytes, {@code
 * forward(x)} a standardised (n, 3, side, side); both give the (n, classes) logits and the (n,
 * width) pooled features. {@code prepare(n)} reorders the weights for batches of n images; it must
 * run once before, and only once.
 *
 * <p>Others look inside, all from the same pixels: {@code stem(pixels)}, {@code layer1(pixels)} and
 * so on give the float32 (n, channels, height, width) activation of a stage, and {@code stages()}
 * says how many layers there are; {@code explain(pixels, classes)} takes a class or -1 for the top
 * one of each image and gives the (n, classes) logits, the (n, height, width) class activation
 * maps, the (n,) biases and the (n,) classes. Without a classifier there are no logits, (n, 0), and
 * there is no {@code explain}.
 *
 * <p>A plan for a GPU has a method {@code staging(bytes)} that gives (bytes,) unsigned bytes of the
 * processor's memory, pinned where the plan is on a GPU: inputs that lie there arrive fastest.
 */
public final class ScriptPlanWriter {

  private static final String DEVICE = "ops.prim.device(self.%s)".formatted(Standardization.SCALE);

  private final Lowering lowering;
  private final Graph graph;
  private final Target target;
  private final ScriptArchive archive = new ScriptArchive(List.of(), List.of());

  private ScriptPlanWriter(Lowering lowering, Target target) {
    this.lowering = lowering;
    this.graph = lowering.graph();
    this.target = target;
  }

  /**
   * Writes an archive.
   *
   * @param kind any but {@link PlanKind#DIRECT}, which is no TorchScript
   * @param precision one that the kind {@link PlanKind#exists} in
   * @param side of the network's input in pixels
   */
  public static void write(
      Path file,
      Network network,
      Target target,
      PlanKind kind,
      Precision precision,
      int side,
      Normalization normalization)
      throws IOException {
    kind.check(precision, target);
    Graph graph = Graph.of(network.topology(), side);
    Lowering lowering =
        switch (kind) {
          case FUSED -> fused(network, graph, target, precision, normalization);
          case PLAIN -> new PlainLowering(graph, network.folding());
          case EAGER -> new EagerLowering(graph, network.tensors(), norm -> false);
          case DIRECT -> throw new IllegalArgumentException("a direct plan is no TorchScript");
        };
    ScriptPlanWriter writer = new ScriptPlanWriter(lowering, target);
    lowering.addTensors(writer.archive);
    new Standardization(normalization).addTo(writer.archive);
    writer.addPass();
    writer.addStages();
    writer.addExplanation();
    writer.addStaging();
    writer.archive.write(file);
  }

  private static Lowering fused(
      Network network,
      Graph graph,
      Target target,
      Precision precision,
      Normalization normalization) {
    DType type = DType.ofWeights(precision);
    return switch (target) {
      case CPU ->
          precision == Precision.INT8
              ? new QuantizedLowering(graph, network.quantized(graph, normalization))
              : new FusedLowering(graph, network.folding(), type);
      case GPU -> new CudnnLowering(graph, network.folding(), type);
    };
  }

  private void addPass() {
    Script prepare = new Script();
    lowering.prepare(prepare);
    prepare.line("return batch");
    archive.method(prepare, "prepare(self, batch: int) -> int");
    Script run = new Script();
    addOutputs(run, lowering.fromPixels(run, arrived(run, "pixels")));
    archive.method(run, "run(self, pixels: Tensor) -> Tuple[Tensor, Tensor]");
    Script forward = new Script();
    addOutputs(forward, lowering.fromStandardized(forward, arrived(forward, "x")));
    archive.method(forward, "forward(self, x: Tensor) -> Tuple[Tensor, Tensor]");
  }

  private void addOutputs(Script script, String input) {
    Values values = lowering.write(script, input, graph.steps().getLast().output());
    String features = values.of(Graph.FEATURES);
    String logits =
        graph.classifier() == null
            ? script.assign("torch.narrow(%s, 1, 0, 0)".formatted(features))
            : values.of(Graph.LOGITS);
    script.line("return (%s, %s)".formatted(logits, features));
  }

  /** Each runs no further than it must, and none is part of the ordinary pass. */
  private void addStages() {
    int last = graph.stages().size() - 1;
    Script count = new Script();
    count.line("return " + last);
    archive.method(count, "stages(self) -> int");
    for (int stage = 0; stage <= last; stage++) {
      String name = graph.stages().get(stage);
      Script script = new Script();
      Values values = lowering.write(script, input(script), name);
      script.line("return " + lowering.revealed(script, name, values));
      archive.method(
          script, (stage == 0 ? "stem" : "layer" + stage) + "(self, pixels: Tensor) -> Tensor");
    }
  }

  /** Class activation maps (Zhou et al. 2016): the classifier's row of a class at every place. */
  private void addExplanation() {
    Step.@Nullable Linear classifier = graph.classifier();
    if (classifier == null) {
      return;
    }
    Script script = new Script();
    Values values = lowering.write(script, input(script), Graph.LOGITS);
    String classes = arrived(script, "classes");
    String logits = values.of(Graph.LOGITS);
    String chosen =
        script.assign(
            "torch.where(torch.lt(%s, 0), torch.argmax(%s, 1), %s)"
                .formatted(classes, logits, classes));
    String rows =
        script.assign(
            "torch.index_select(%s, 0, %s)"
                .formatted(lowering.classifierWeight(classifier), chosen));
    String weighed =
        script.assign(
            "torch.mul(%s, torch.unsqueeze(torch.unsqueeze(%s, 2), 3))"
                .formatted(lowering.revealed(script, graph.last(), values), rows));
    String maps = script.assign("torch.sum(%s, [1])".formatted(weighed));
    String biases =
        script.assign("torch.index_select(%s, 0, %s)".formatted(Lowering.bias(classifier), chosen));
    script.line("return (%s, %s, %s, %s)".formatted(logits, maps, biases, chosen));
    archive.method(
        script,
        "explain(self, pixels: Tensor, classes: Tensor)"
            + " -> Tuple[Tensor, Tensor, Tensor, Tensor]");
  }

  private String input(Script script) {
    return lowering.fromPixels(script, arrived(script, "pixels"));
  }

  /**
   * An input where the weights are. The copy to a GPU does not wait for its end where the input
   * lies in pinned memory; what needs it comes later on the same stream.
   */
  private String arrived(Script script, String input) {
    return switch (target) {
      case CPU -> input;
      case GPU -> script.assign("torch.to(%s, %s, None, True)".formatted(input, DEVICE));
    };
  }

  /** Without a GPU there is nothing to pin memory for, and libtorch would refuse to. */
  private void addStaging() {
    if (target == Target.GPU) {
      Script script = new Script();
      script.line(
          ("return torch.empty([bytes], dtype=%d, layout=None, device=torch.device(\"cpu\"),"
                  + " pin_memory=ops.prim.is_cuda(self.%s), memory_format=None)")
              .formatted(DType.U8.torchScalarType(), Standardization.SCALE));
      archive.method(script, "staging(self, bytes: int) -> Tensor");
    }
  }
}
