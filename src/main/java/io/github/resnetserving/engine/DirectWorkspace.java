package io.github.resnetserving.engine;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.github.resnetserving.model.NetworkOutput;
import io.github.resnetserving.network.DirectProgram;
import io.github.resnetserving.network.DirectProgram.Activation;
import io.github.resnetserving.onednn.Session;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The memory of a batch that is computed, used by one thread at a time. */
final class DirectWorkspace {

  private record Bound(List<Runnable> steps, List<Runnable> head) {}

  private final DirectProgram program;
  private final Map<Integer, DirectPass> passes;
  private final ActivationLayout layout;
  private final MemorySegment maps;
  private final MemorySegment features;
  private final MemorySegment logits;
  private final MemorySegment scratchpad;
  private final Map<Integer, Bound> bound = new HashMap<>();

  /**
   * @param passes by the number of pictures
   */
  DirectWorkspace(
      Session session,
      DirectProgram program,
      ActivationLayout layout,
      Map<Integer, DirectPass> passes,
      int maxCount) {
    this.program = program;
    this.passes = passes;
    this.layout = layout;
    int width = program.map(program.last()).channels();
    maps = session.allocate(maxCount * layout.bytes());
    features = session.allocate((long) maxCount * width * Float.BYTES);
    logits = session.allocate((long) maxCount * program.classes() * Float.BYTES);
    scratchpad =
        session.allocate(
            passes.values().stream().mapToLong(DirectPass::scratchpadBytes).max().orElse(0));
  }

  /** Where a map of {@code count} pictures begins. */
  MemorySegment map(String name, int count) {
    return maps.asSlice(layout.offset(name, count));
  }

  /** (pictures, width) in float32. */
  MemorySegment features() {
    return features;
  }

  /** (pictures, classes) in float32. */
  MemorySegment logits() {
    return logits;
  }

  MemorySegment scratchpad() {
    return scratchpad;
  }

  private Bound bound(int count) {
    return bound.computeIfAbsent(
        count,
        _ -> {
          DirectPass pass = passes.get(count);
          if (pass == null) {
            throw new IllegalArgumentException("no pass was made for %d pictures".formatted(count));
          }
          return new Bound(pass.steps(this), pass.head(this));
        });
  }

  /** Computes the maps up to one, the input's among them being there. */
  void runTo(String map, int count) {
    List<Runnable> steps = bound(count).steps();
    for (int i = 0; i < steps.size(); i++) {
      steps.get(i).run();
      if (program.steps().get(i).output().equals(map)) {
        return;
      }
    }
  }

  /** A picture's numbers of a map, (side, side, channels). */
  float[] read(String map, int count, int picture) {
    Activation activation = program.map(map);
    MapNumbers numbers = MapNumbers.of(program.precision());
    float[] values = new float[activation.channels() * activation.side() * activation.side()];
    long at = (long) picture * values.length * numbers.type().bytes();
    numbers.read(map(map, count), at, values);
    if (numbers == MapNumbers.BYTES) {
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) ((values[i] - activation.zeroPoint()) * activation.scale());
      }
    }
    return values;
  }

  /** Pools and classifies the last map, which is there. */
  List<NetworkOutput> outputs(int count) {
    bound(count).head().forEach(Runnable::run);
    List<NetworkOutput> outputs = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      outputs.add(
          new NetworkOutput(
              row(logits, i, program.classes()),
              row(features, i, program.map(program.last()).channels())));
    }
    return outputs;
  }

  private static float[] row(MemorySegment rows, int i, int width) {
    float[] row = new float[width];
    MemorySegment.copy(rows, JAVA_FLOAT, (long) i * width * Float.BYTES, row, 0, width);
    return row;
  }
}
