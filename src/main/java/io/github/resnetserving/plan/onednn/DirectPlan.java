package io.github.resnetserving.plan.onednn;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Network;
import io.github.resnetserving.graph.Step;
import io.github.resnetserving.models.Normalization;
import io.github.resnetserving.plan.Plan;
import io.github.resnetserving.plan.PlanKind;
import io.github.resnetserving.plan.Target;
import io.github.resnetserving.tensor.DType;
import io.github.resnetserving.tensor.IntermediateOutput.ClassActivationMap;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import io.github.resnetserving.tensor.Precision;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;

/**
 * A plan whose primitives are called one after another, without libtorch in between. Thread-safe as
 * {@link Plan} says.
 */
public final class DirectPlan implements Plan {

  private final Session session;
  private final boolean owner; // of the session
  private final DirectWeights.Kept weights;
  private final Arrangement arrangement;
  private final Graph graph;
  private final DirectInput input;
  private final ActivationLayout layout;
  private final Map<Integer, DirectPass> passes;
  private final int maxCount;
  private final @Nullable Operand classifier; // null where there is none
  private final float[] bias;
  private final Deque<DirectWorkspace> idle = new ConcurrentLinkedDeque<>();

  private DirectPlan(
      Session session, boolean owner, DirectPlanFile file, DirectWeights.Kept weights, int batch) {
    this.session = session;
    this.owner = owner;
    this.weights = weights;
    this.arrangement = file.arrangement();
    this.graph = arrangement.graph();
    this.maxCount = batch;
    this.input = new DirectInput(arrangement.input(), arrangement.type());
    this.layout = ActivationLayout.of(arrangement);
    var laying = new DirectWeights(session, file, weights);
    Map<Integer, DirectPass> compiled = new HashMap<>();
    for (int count = batch; count >= 1; count--) { // the largest chooses the weights' layout
      compiled.put(count, new DirectPass(session, arrangement, laying, count));
    }
    this.passes = Map.copyOf(compiled);
    Step.Linear last = graph.classifier();
    this.classifier = last == null ? null : weights.weight(last.layer());
    this.bias = last == null ? new float[0] : file.layer(last.layer()).bias().toArray(JAVA_FLOAT);
  }

  /**
   * Writes a network's plan: safetensors, with the graph in its metadata.
   *
   * @param precision one that direct plans exist in
   * @param side of the network's input in pixels
   */
  public static void write(
      Path file, Network network, Precision precision, int side, Normalization normalization)
      throws IOException {
    PlanKind.DIRECT.check(precision, Target.CPU);
    DirectPlanFile.write(file, network, precision, side, normalization);
  }

  /**
   * Loads a plan and compiles it for batches up to a size, whose weights lie best for it.
   *
   * @throws IOException if the file cannot be read, or is no direct plan
   */
  public static DirectPlan load(OneDnn oneDnn, Path file, int batch) throws IOException {
    Session session = oneDnn.open();
    try (DirectPlanFile opened = DirectPlanFile.open(file)) {
      return new DirectPlan(session, /* owner= */ true, opened, new DirectWeights.Kept(), batch);
    } catch (IOException | RuntimeException e) {
      session.close();
      throw e;
    }
  }

  @Override
  public boolean suitsEverySize() {
    return true;
  }

  @Override
  public boolean isCompiled() {
    return true;
  }

  /** With the same weights in memory; ends with this one. */
  @Override
  public DirectPlan forOne(Path file) throws IOException {
    try (DirectPlanFile opened = DirectPlanFile.open(file)) {
      return new DirectPlan(session, /* owner= */ false, opened, weights, 1);
    }
  }

  /** Writes an image of a batch as the i-th of the part that is computed. */
  @FunctionalInterface
  private interface Writer {
    void write(int image, MemorySegment part, int i);
  }

  /** What is computed of a part of a batch, whose input is written. */
  @FunctionalInterface
  private interface Use<T> {
    List<T> of(DirectWorkspace workspace, int start, int count);
  }

  /** Computes a batch in parts no larger than what was compiled for. */
  private <T> List<T> compute(int size, Writer writer, Use<T> use) {
    DirectWorkspace taken = idle.poll();
    DirectWorkspace workspace =
        taken == null ? new DirectWorkspace(session, arrangement, layout, passes, maxCount) : taken;
    try {
      List<T> results = new ArrayList<>(size);
      for (int start = 0; start < size; start += maxCount) {
        int count = Math.min(maxCount, size - start);
        MemorySegment memory = workspace.memory(Graph.INPUT, count);
        for (int i = 0; i < count; i++) {
          writer.write(start + i, memory, i);
        }
        results.addAll(use.of(workspace, start, count));
      }
      return results;
    } finally {
      idle.push(workspace);
    }
  }

  @Override
  public List<NetworkOutput> run(List<Pixels> batch) {
    return compute(
        batch.size(),
        (image, part, i) -> input.write(batch.get(image), part, i),
        (workspace, _, count) -> workspace.run(count));
  }

  @Override
  public List<NetworkOutput> forward(float[] values, int count, int size) {
    int each = values.length / count;
    return compute(
        count,
        (image, part, i) -> input.write(values, image * each, part, i),
        (workspace, _, some) -> workspace.run(some));
  }

  @Override
  public int stages() {
    return graph.stages().size() - 1;
  }

  @Override
  public List<FeatureMap> maps(List<Pixels> batch, int stage) {
    String name = graph.stages().get(stage);
    Graph.Activation map = graph.activation(name);
    return compute(
        batch.size(),
        (image, part, i) -> input.write(batch.get(image), part, i),
        (workspace, _, count) -> {
          workspace.runTo(name, count);
          List<FeatureMap> maps = new ArrayList<>(count);
          for (int i = 0; i < count; i++) {
            maps.add(
                new FeatureMap(
                    map.channels(),
                    map.side(),
                    map.side(),
                    planes(workspace.read(name, count, i), map.channels())));
          }
          return maps;
        });
  }

  /** From channels last to channels first. */
  private static float[] planes(float[] pixels, int channels) {
    int area = pixels.length / channels;
    float[] planes = new float[pixels.length];
    for (int p = 0; p < area; p++) {
      for (int c = 0; c < channels; c++) {
        planes[c * area + p] = pixels[p * channels + c];
      }
    }
    return planes;
  }

  /** Zhou et al. 2016: the classifier's row of a class at every place of the last map. */
  @Override
  public List<ClassActivationMap> explain(List<Pixels> batch, long[] classes) {
    Graph.Activation map = graph.activation(graph.last());
    return compute(
        batch.size(),
        (image, part, i) -> input.write(batch.get(image), part, i),
        (workspace, start, count) -> {
          List<NetworkOutput> outputs = workspace.run(count);
          float[] rows = classifierRows();
          List<ClassActivationMap> maps = new ArrayList<>(count);
          for (int i = 0; i < count; i++) {
            float[] logits = outputs.get(i).logits();
            long asked = classes[start + i];
            int index = asked < 0 ? top(logits) : Math.toIntExact(asked);
            maps.add(
                new ClassActivationMap(
                    index,
                    map.side(),
                    map.side(),
                    weighed(workspace.read(graph.last(), count, i), rows, index),
                    bias[index],
                    logits));
          }
          return maps;
        });
  }

  private static int top(float[] logits) {
    int top = 0;
    for (int i = 1; i < logits.length; i++) {
      top = logits[i] > logits[top] ? i : top;
    }
    return top;
  }

  /** The classifier's weight, (classes, width). */
  private float[] classifierRows() {
    int width = graph.width();
    Operand classifier = Objects.requireNonNull(this.classifier, "the network has no classifier");
    try (Session once = session.another()) {
      Descriptor plain = once.rowMajor(DType.F32, graph.classes(), width);
      MemorySegment weight = once.allocate(plain.bytes());
      once.copy(classifier.descriptor(), classifier.memory(), plain, weight);
      return weight.toArray(JAVA_FLOAT);
    }
  }

  private float[] weighed(float[] map, float[] rows, int index) {
    int width = rows.length / graph.classes();
    float[] sums = new float[map.length / width];
    for (int p = 0; p < sums.length; p++) {
      for (int c = 0; c < width; c++) {
        sums[p] += map[p * width + c] * rows[index * width + c];
      }
    }
    return sums;
  }

  @Override
  public void close() {
    if (owner) {
      session.close();
    }
  }
}
