package io.github.resnetserving.plan.torchscript;

import io.github.resnetserving.checkpoint.TensorSource;
import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Normalization;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A network as a differentiable TorchScript archive, channels last.
 *
 * <p>Its methods take images as (n, H, W, 3) unsigned bytes and give (n, classes) logits: {@code
 * forward} with each batch's own statistics, {@code evaluate} with the running ones. {@code
 * statistics} gives the running means and variances, which the engine does not list. The mode is
 * written into each method, because a module that is loaded for training keeps {@code
 * self.training} false, and batch norm would silently learn next to nothing.
 */
public final class TrainingProgram {

  private static final List<String> RUNNING = List.of("running_mean", "running_var");

  private final Topology topology;
  private final int imageSize;
  private final Normalization normalization;

  public TrainingProgram(Topology topology, int imageSize, Normalization normalization) {
    this.topology = topology;
    this.imageSize = imageSize;
    this.normalization = normalization;
  }

  /** The archive's name of a tensor, under which the engine lists its parameter. */
  public static String parameterName(String tensor) {
    return Script.attributeName(tensor);
  }

  /**
   * The tensors that change without a gradient, in the order in which {@code statistics} gives
   * them.
   */
  public List<String> statistics() {
    return topology.tensors().keySet().stream().filter(TrainingProgram::isStatistic).toList();
  }

  private static boolean isStatistic(String tensor) {
    return RUNNING.stream().anyMatch(tensor::endsWith);
  }

  /** Writes the archive with the given tensors, one for each of the topology's. */
  public void write(Path file, Map<String, FloatTensor> tensors) throws IOException {
    List<String> names = List.copyOf(topology.tensors().keySet());
    ScriptArchive archive =
        new ScriptArchive(
            names(names.stream().filter(name -> !isStatistic(name))), names(statistics().stream()));
    names.forEach(name ->
        archive.attribute(name, TensorSource.of(Objects.requireNonNull(tensors.get(name), name))));
    new Standardization(normalization).addTo(archive);
    archive.method(pass(/* training= */ true), "forward(self, pixels: Tensor) -> Tensor");
    archive.method(pass(/* training= */ false), "evaluate(self, pixels: Tensor) -> Tensor");
    Script statistics = new Script();
    statistics.line(
        "return ["
            + String.join(", ", statistics().stream().map(Script::attribute).toList())
            + "]");
    archive.method(statistics, "statistics(self) -> List[Tensor]");
    archive.write(file);
  }

  private static List<String> names(Stream<String> tensors) {
    return tensors.map(Script::attributeName).toList();
  }

  private Script pass(boolean training) {
    Graph graph = Graph.of(topology, imageSize);
    Lowering lowering = new EagerLowering(graph, Map.of(), training);
    Script script = new Script();
    String input = Standardization.apply(script, "pixels");
    script.line("return " + lowering.write(script, input, Graph.LOGITS).of(Graph.LOGITS));
    return script;
  }
}
