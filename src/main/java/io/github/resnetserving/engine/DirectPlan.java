package io.github.resnetserving.engine;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import ai.djl.MalformedModelException;
import io.github.resnetserving.model.ClassActivationMap;
import io.github.resnetserving.model.FeatureMap;
import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.model.Pixels;
import io.github.resnetserving.network.DirectProgram;
import io.github.resnetserving.network.DirectProgram.Activation;
import io.github.resnetserving.onednn.DataType;
import io.github.resnetserving.onednn.Descriptor;
import io.github.resnetserving.onednn.OneDnn;
import io.github.resnetserving.onednn.Operand;
import io.github.resnetserving.onednn.Session;
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

/** A plan whose primitives are called one after another, without libtorch in between. */
final class DirectPlan implements Plan {

  private final Session session;
  private final boolean owner; // of the session
  private final KeptWeights weights;
  private final DirectProgram program;
  private final DirectInput input;
  private final ActivationLayout layout;
  private final Map<Integer, DirectPass> passes;
  private final int maxCount;
  private final @Nullable Operand classifier; // null where there is none
  private final float[] bias;
  private final Deque<DirectWorkspace> idle = new ConcurrentLinkedDeque<>();

  private DirectPlan(
      Session session, boolean owner, DirectArchive archive, KeptWeights weights, int batch) {
    this.session = session;
    this.owner = owner;
    this.weights = weights;
    this.program = archive.program();
    this.maxCount = batch;
    MapNumbers numbers = MapNumbers.of(program.precision());
    this.input = new DirectInput(program.input(), numbers);
    this.layout = ActivationLayout.of(program, numbers.type().bytes());
    var laying = new DirectWeights(session, archive, weights);
    Map<Integer, DirectPass> compiled = new HashMap<>();
    for (int count = batch; count >= 1; count--) { // the largest chooses the weights' layout
      compiled.put(count, new DirectPass(session, program, laying, count));
    }
    this.passes = Map.copyOf(compiled);
    boolean classifies = program.classes() > 0;
    this.classifier = classifies ? weights.weight(program.classifier()) : null;
    this.bias =
        classifies ? archive.layer(program.classifier()).bias().toArray(JAVA_FLOAT) : new float[0];
  }

  /** Loads an archive and compiles it for batches up to a size, whose weights lie best for it. */
  static DirectPlan load(OneDnn oneDnn, Path archive, int batch)
      throws IOException, MalformedModelException {
    Session session = oneDnn.open();
    try (DirectArchive opened = DirectArchive.open(archive)) {
      return new DirectPlan(session, /* owner= */ true, opened, new KeptWeights(), batch);
    } catch (IOException | MalformedModelException | RuntimeException e) {
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
  public DirectPlan forOne(Path archive) throws IOException, MalformedModelException {
    try (DirectArchive opened = DirectArchive.open(archive)) {
      return new DirectPlan(session, /* owner= */ false, opened, weights, 1);
    }
  }

  /** Writes a picture of a batch as the i-th of the part that is computed. */
  @FunctionalInterface
  private interface Writer {
    void write(int picture, MemorySegment part, int i);
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
        taken == null ? new DirectWorkspace(session, program, layout, passes, maxCount) : taken;
    try {
      List<T> results = new ArrayList<>(size);
      for (int start = 0; start < size; start += maxCount) {
        int count = Math.min(maxCount, size - start);
        MemorySegment memory = workspace.map(DirectProgram.INPUT, count);
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
        (picture, part, i) -> input.write(batch.get(picture), part, i),
        (workspace, _, count) -> outputs(workspace, count));
  }

  @Override
  public List<NetworkOutput> forward(float[] values, int count, int size) {
    int each = values.length / count;
    return compute(
        count,
        (picture, part, i) -> input.write(values, picture * each, part, i),
        (workspace, _, some) -> outputs(workspace, some));
  }

  private List<NetworkOutput> outputs(DirectWorkspace workspace, int count) {
    workspace.runTo(program.last(), count);
    return workspace.outputs(count);
  }

  @Override
  public int stages() {
    return program.stages().size() - 1;
  }

  @Override
  public List<FeatureMap> maps(List<Pixels> batch, int stage) {
    String name = program.stages().get(stage);
    Activation map = program.map(name);
    return compute(
        batch.size(),
        (picture, part, i) -> input.write(batch.get(picture), part, i),
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
    Activation map = program.map(program.last());
    return compute(
        batch.size(),
        (picture, part, i) -> input.write(batch.get(picture), part, i),
        (workspace, start, count) -> {
          List<NetworkOutput> outputs = outputs(workspace, count);
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
                    weighed(workspace.read(program.last(), count, i), rows, index),
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
    int width = program.map(program.last()).channels();
    Operand classifier = Objects.requireNonNull(this.classifier, "the network has no classifier");
    try (Session once = session.another()) {
      Descriptor plain = once.rowMajor(DataType.FLOAT32, program.classes(), width);
      MemorySegment weight = once.allocate(plain.bytes());
      once.copy(classifier.descriptor(), classifier.memory(), plain, weight);
      return weight.toArray(JAVA_FLOAT);
    }
  }

  private float[] weighed(float[] map, float[] rows, int index) {
    int width = rows.length / program.classes();
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
