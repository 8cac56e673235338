package io.github.resnetserving.plan.onednn;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.resnetserving.graph.AffineQuantizer;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Graph.Activation;
import io.github.resnetserving.tensor.DType;
import io.github.resnetserving.tensor.NetworkOutput;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The memory of a batch that is computed, used by one thread at a time. */
final class DirectWorkspace {

  private final Arrangement arrangement;
  private final Map<Integer, DirectPass> passes;
  private final ActivationLayout layout;
  private final MemorySegment activations;
  private final MemorySegment features; // (images, width) in float32
  private final MemorySegment logits; // (images, classes) in float32
  private final MemorySegment scratchpad;
  private final Map<Integer, List<Runnable>> bound = new HashMap<>();

  /**
   * @param passes by the number of images
   */
  DirectWorkspace(
      Session session,
      Arrangement arrangement,
      ActivationLayout layout,
      Map<Integer, DirectPass> passes,
      int maxCount) {
    this.arrangement = arrangement;
    this.passes = passes;
    this.layout = layout;
    Graph graph = arrangement.graph();
    activations = session.allocate(maxCount * layout.bytes());
    features = session.allocate((long) maxCount * graph.width() * Float.BYTES);
    logits = session.allocate((long) maxCount * graph.classes() * Float.BYTES);
    scratchpad =
        session.allocate(
            passes.values().stream().mapToLong(DirectPass::scratchpadBytes).max().orElse(0));
  }

  /** Where an activation of {@code count} images begins. */
  MemorySegment memory(String activation, int count) {
    return switch (activation) {
      case Graph.FEATURES -> features;
      case Graph.LOGITS -> logits;
      default -> activations.asSlice(layout.offset(activation, count));
    };
  }

  MemorySegment scratchpad() {
    return scratchpad;
  }

  private List<Runnable> bound(int count) {
    return bound.computeIfAbsent(
        count,
        _ -> {
          DirectPass pass = passes.get(count);
          if (pass == null) {
            throw new IllegalArgumentException("no pass was made for %d images".formatted(count));
          }
          return pass.bound(this);
        });
  }

  /** Runs the steps up to the one that makes an activation; the input is there. */
  void runTo(String activation, int count) {
    List<Runnable> steps = bound(count);
    for (int i = 0; i < steps.size(); i++) {
      steps.get(i).run();
      if (arrangement.graph().steps().get(i).output().equals(activation)) {
        return;
      }
    }
  }

  /** An image's numbers of an activation, (side, side, channels). */
  float[] read(String name, int count, int image) {
    Activation activation = arrangement.activation(name);
    DType type = arrangement.type();
    float[] values = new float[activation.channels() * activation.side() * activation.side()];
    type.read(memory(name, count), (long) image * values.length * type.bytes(), values);
    if (type == DType.U8) {
      AffineQuantizer quantizer = arrangement.quantizer(name);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) ((values[i] - quantizer.zeroPoint()) * quantizer.scale());
      }
    }
    return values;
  }

  /** Runs all steps; the input is there. */
  List<NetworkOutput> run(int count) {
    bound(count).forEach(Runnable::run);
    return outputs(count);
  }

  private List<NetworkOutput> outputs(int count) {
    List<NetworkOutput> outputs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      outputs.add(
          new NetworkOutput(
              row(logits, i, arrangement.graph().classes()),
              row(features, i, arrangement.graph().width())));
    }
    return outputs;
  }

  private static float[] row(MemorySegment rows, int i, int width) {
    float[] row = new float[width];
    MemorySegment.copy(rows, JAVA_FLOAT, (long) i * width * Float.BYTES, row, 0, width);
    return row;
  }
}
