package io.github.resnetserving.plan.torchscript;

import io.github.resnetserving.checkpoint.TensorSource;
import io.github.resnetserving.checkpoint.TensorSource.FloatTensor;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.plan.torchscript.UpdateRule.Group;
import io.github.resnetserving.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * A network and its optimiser as a TorchScript archive, channels last. A step is two calls into
 * libtorch, since DJL lets gradients flow in {@code forward} alone.
 *
 * <p>Images are (n, H, W, 3) unsigned bytes.
 *
 * <ul>
 *   <li>{@code evaluate(pixels)}: (n, classes) logits with the running statistics
 *   <li>{@code lists()}: the tensors that a step changes, to be given to it
 *   <li>{@code forward(pixels, target)}: loss, logits, and the gradient of each tensor that learns.
 *       The target has (n,) classes, or (n, classes) probabilities
 *   <li>{@code update(gradients, rate, number, share, lists)}: the rest of the step
 *   <li>{@code swap(lists)}: exchanges weights and their average
 *   <li>{@code state()}: every tensor, in the order of {@link #tensors()}
 * </ul>
 *
 * <p>The mode of each batch norm is written into the methods, because a module that is loaded for
 * training keeps {@code self.training} false. Lists are parameters of {@code update}, because
 * TorchScript removes an operator that changes only the elements of a list made inside the method.
 */
public final class TrainingProgram {

  private static final String AVERAGE = "average.";
  private static final String CLASS_WEIGHTS = "class_weights";

  private final Topology topology;
  private final int imageSize;
  private final Normalization normalization;
  private final UpdateRule rule;
  private final DType type;

  /**
   * Describes the program.
   *
   * @param type that convolutions compute in: float32 or bfloat16
   */
  public TrainingProgram(
      Topology topology, int imageSize, Normalization normalization, UpdateRule rule, DType type) {
    this.topology = topology;
    this.imageSize = imageSize;
    this.normalization = normalization;
    this.rule = rule;
    this.type = type;
  }

  /** The network's tensors, then the optimiser's, then the averages, each with its shape. */
  public SequencedMap<String, List<Integer>> tensors() {
    SequencedMap<String, List<Integer>> all = new LinkedHashMap<>(topology.tensors());
    for (String slot : rule.optimizer().slots()) {
      for (Group group : rule.groups()) {
        for (String tensor : group.tensors()) {
          all.put(
              slot + "." + tensor, Objects.requireNonNull(topology.tensors().get(tensor), tensor));
        }
      }
    }
    if (rule.averaged()) {
      topology.tensors().forEach((name, shape) -> all.put(AVERAGE + name, shape));
    }
    return all;
  }

  /**
   * Writes the archive.
   *
   * @param values of the network's tensors, and of the others where a run goes on
   */
  public void write(Path file, Map<String, FloatTensor> values) throws IOException {
    SequencedMap<String, List<Integer>> tensors = tensors();
    ScriptArchive archive =
        new ScriptArchive(
            attributes(tensors.keySet().stream().filter(rule::learns).toList()),
            attributes(tensors.keySet().stream().filter(name -> !rule.learns(name)).toList()));
    tensors.forEach(
        (name, shape) -> archive.attribute(name, TensorSource.of(value(name, shape, values))));
    if (!rule.classWeights().isEmpty()) {
      archive.attribute(CLASS_WEIGHTS, TensorSource.of(classWeights()));
    }
    new Standardization(normalization).addTo(archive);
    Script evaluate = new Script();
    evaluate.line("return " + logits(evaluate, /* learning= */ false));
    archive.method(evaluate, "evaluate(self, pixels: Tensor) -> Tensor");
    archive.method(gradients(), "forward(self, pixels: Tensor, target: Tensor) -> List[Tensor]");
    archive.method(
        update(),
        "update(self, gradients: List[Tensor], rate: float, number: float, share: float,"
            + " lists: List[List[Tensor]]) -> None");
    archive.method(swap(), "swap(self, lists: List[List[Tensor]]) -> None");
    Script lists = new Script();
    lists.line("return [%s]".formatted(lists().stream().collect(Collectors.joining(", "))));
    archive.method(lists, "lists(self) -> List[List[Tensor]]");
    Script state = new Script();
    state.line("return " + list(List.copyOf(tensors.keySet())));
    archive.method(state, "state(self) -> List[Tensor]");
    archive.write(file);
  }

  private static FloatTensor value(
      String name, List<Integer> shape, Map<String, FloatTensor> values) {
    FloatTensor given = values.get(name);
    if (given == null && name.startsWith(AVERAGE)) {
      given = values.get(name.substring(AVERAGE.length()));
    }
    return given != null
        ? given
        : new FloatTensor(shape, new float[shape.stream().reduce(1, Math::multiplyExact)]);
  }

  private FloatTensor classWeights() {
    float[] weights = new float[rule.classWeights().size()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = rule.classWeights().get(i).floatValue();
    }
    return new FloatTensor(List.of(weights.length), weights);
  }

  private static List<String> attributes(List<String> tensors) {
    return tensors.stream().map(Script::attributeName).toList();
  }

  private static String list(List<String> tensors) {
    return tensors.stream().map(Script::attribute).collect(Collectors.joining(", ", "[", "]"));
  }

  /** For each group its weights and then each slot of theirs; then weights and averages. */
  private List<String> lists() {
    List<String> lists = new ArrayList<>();
    for (Group group : rule.groups()) {
      lists.add(list(group.tensors()));
      for (String slot : rule.optimizer().slots()) {
        lists.add(list(group.tensors().stream().map(name -> slot + "." + name).toList()));
      }
    }
    if (rule.averaged()) {
      List<String> names = List.copyOf(topology.tensors().keySet());
      lists.add(list(names));
      lists.add(list(names.stream().map(name -> AVERAGE + name).toList()));
    }
    return lists;
  }

  private String logits(Script script, boolean learning) {
    Graph graph = Graph.of(topology, imageSize);
    EagerLowering lowering =
        new EagerLowering(graph, Map.of(), norm -> learning && rule.learns(norm + ".weight"), type);
    String input = script.assign(lowering.typed(Standardization.apply(script, "pixels")));
    return lowering.write(script, input, Graph.LOGITS).of(Graph.LOGITS);
  }

  private Script gradients() {
    Script script = new Script();
    script.line("torch.set_grad_enabled(True)");
    String logits = logits(script, /* learning= */ true);
    String loss =
        script.assign(
            "torch.cross_entropy_loss(%s, target, %s, 1, -100, %s)"
                .formatted(
                    logits,
                    rule.classWeights().isEmpty() ? "None" : "self." + CLASS_WEIGHTS,
                    Script.number(rule.labelSmoothing())));
    List<String> learning = rule.groups().stream().flatMap(g -> g.tensors().stream()).toList();
    String gradients =
        script.assign("torch.autograd.grad([%s], %s)".formatted(loss, list(learning)));
    script.line("torch.set_grad_enabled(False)");
    List<String> results = new ArrayList<>();
    results.add("torch.detach(%s)".formatted(loss));
    results.add("torch.detach(%s)".formatted(logits));
    for (int i = 0; i < learning.size(); i++) {
      // The optimisers go through memory in order, and a convolution's gradient may lie otherwise.
      results.add("torch.contiguous(torch._unwrap_optional(%s[%d]))".formatted(gradients, i));
    }
    script.line("return [%s]".formatted(String.join(", ", results)));
    return script;
  }

  private Script update() {
    Script script = new Script();
    int first = 0;
    int lists = 0;
    for (Group group : rule.groups()) {
      update(script, group, first, lists);
      first += group.tensors().size();
      lists += 1 + rule.optimizer().slots().size();
    }
    if (rule.averaged()) {
      script.line("torch._foreach_lerp_(lists[%d], lists[%d], share)".formatted(lists + 1, lists));
    }
    script.line("return None");
    return script;
  }

  private void update(Script script, Group group, int first, int list) {
    int count = group.tensors().size();
    String gradient =
        script.assign("torch.slice(gradients, %d, %d, 1)".formatted(first, first + count));
    String rate = script.assign("torch.mul(rate, %s)".formatted(Script.number(group.rate())));
    String decay = Script.number(group.decay());
    switch (rule.optimizer()) {
      case UpdateRule.Sgd(double momentum, boolean nesterov) ->
          script.line(
              ("torch._fused_sgd_(lists[%d], %s, lists[%d], weight_decay=%s, momentum=%s, lr=%s,"
                      + " dampening=0., nesterov=%s, maximize=False, is_first_step=False)")
                  .formatted(
                      list,
                      gradient,
                      list + 1,
                      decay,
                      Script.number(momentum),
                      rate,
                      nesterov ? "True" : "False"));
      case UpdateRule.AdamW(double beta1, double beta2, double epsilon) -> {
        String step = script.assign("torch.scalar_tensor(number, dtype=6)");
        String counts = script.assign("torch.mul([%s], %d)".formatted(step, count));
        script.line(
            ("torch._fused_adamw_(lists[%d], %s, lists[%d], lists[%d], annotate(List[Tensor], []),"
                    + " %s, lr=%s, beta1=%s, beta2=%s, weight_decay=%s, eps=%s, amsgrad=False,"
                    + " maximize=False)")
                .formatted(
                    list,
                    gradient,
                    list + 1,
                    list + 2,
                    counts,
                    rate,
                    Script.number(beta1),
                    Script.number(beta2),
                    decay,
                    Script.number(epsilon)));
      }
    }
  }

  private Script swap() {
    Script script = new Script();
    if (rule.averaged()) {
      int weights = rule.groups().size() * (1 + rule.optimizer().slots().size());
      String kept = script.assign("torch._foreach_mul(lists[%d], 1)".formatted(weights));
      script.line("torch._foreach_copy_(lists[%d], lists[%d])".formatted(weights, weights + 1));
      script.line("torch._foreach_copy_(lists[%d], %s)".formatted(weights + 1, kept));
    }
    script.line("return None");
    return script;
  }
}
