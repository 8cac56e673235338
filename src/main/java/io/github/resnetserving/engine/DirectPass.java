package io.github.resnetserving.engine;

import io.github.resnetserving.engine.DirectWeights.Weighted;
import io.github.resnetserving.network.DirectProgram;
import io.github.resnetserving.network.DirectProgram.Activation;
import io.github.resnetserving.network.DirectProgram.Step;
import io.github.resnetserving.onednn.Descriptor;
import io.github.resnetserving.onednn.Epilogue;
import io.github.resnetserving.onednn.Operand;
import io.github.resnetserving.onednn.Primitive;
import io.github.resnetserving.onednn.Role;
import io.github.resnetserving.onednn.Session;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A direct program compiled for batches of one size. Immutable; several threads may bind it to
 * memory of their own.
 */
final class DirectPass {

  private final Session session;
  private final DirectProgram program;
  private final MapNumbers numbers;
  private final int count;
  private final List<CompiledStep> compiled = new ArrayList<>(); // without the pads
  private final DirectHead head;

  DirectPass(Session session, DirectProgram program, DirectWeights weights, int count) {
    this.session = session;
    this.program = program;
    this.numbers = MapNumbers.of(program.precision());
    this.count = count;
    for (Step step : program.steps()) {
      switch (step) {
        case Step.Convolve convolve -> compiled.add(compiled(convolve, weights));
        case Step.MaxPool pool -> compiled.add(compiled(pool));
        case Step.Pad _ -> {} // no step of oneDNN's
      }
    }
    head = new DirectHead(session, program, weights, count);
  }

  private Descriptor descriptor(String map) {
    Activation activation = program.map(map);
    return session.channelsLast(numbers.type(), count, activation.channels(), activation.side());
  }

  private CompiledStep compiled(Step.Convolve step, DirectWeights weights) {
    Descriptor source = descriptor(step.source());
    Descriptor output = descriptor(step.output());
    Activation made = program.map(step.output());
    boolean bytes = numbers == MapNumbers.BYTES;
    Epilogue.Addend addend = null;
    if (step.addend() != null) {
      Activation added = program.map(step.addend());
      addend =
          bytes
              ? new Epilogue.Addend((float) added.scale(), added.zeroPoint())
              : Epilogue.Addend.REAL;
    }
    Epilogue epilogue = new Epilogue(addend, step.relu(), bytes, made.zeroPoint() != 0);
    Weighted weighted =
        weights.convolution(
            step, program.map(step.source()).channels(), made.channels(), source, output, epilogue);
    List<Operand> constants = new ArrayList<>(weighted.constants());
    if (bytes) {
      constants.add(weights.scale(Role.SOURCE_SCALE, program.map(step.source()).scale()));
      constants.add(weights.scale(Role.DESTINATION_SCALE, made.scale()));
      if (made.zeroPoint() != 0) {
        constants.add(weights.zeroPoint(made.zeroPoint()));
      }
    }
    return new CompiledStep(weighted.primitive(), source, output, constants);
  }

  private CompiledStep compiled(Step.MaxPool step) {
    Descriptor source = descriptor(step.source());
    Descriptor output = descriptor(step.output());
    Primitive primitive =
        session.maxPool(source, output, /* kernel= */ 3, /* stride= */ 2, /* padding= */ 1);
    return new CompiledStep(primitive, source, output, List.of());
  }

  /** Bytes that every primitive can work in. */
  long scratchpadBytes() {
    long bytes = head.scratchpadBytes();
    for (CompiledStep step : compiled) {
      bytes = Math.max(bytes, step.scratchpadBytes());
    }
    return bytes;
  }

  /** What runs the steps on a workspace, one for each of the program's. */
  List<Runnable> steps(DirectWorkspace workspace) {
    List<Runnable> runnable = new ArrayList<>();
    int next = 0;
    for (Step step : program.steps()) {
      if (step instanceof Step.Pad pad) {
        MapPadding padding =
            new MapPadding(
                program.map(pad.source()),
                program.map(pad.output()),
                pad.stride(),
                numbers.type().bytes());
        MemorySegment source = workspace.map(pad.source(), count);
        MemorySegment output = workspace.map(pad.output(), count);
        runnable.add(() -> padding.apply(source, output, count));
      } else {
        runnable.add(
            compiled
                .get(next++)
                .bound(
                    session,
                    workspace.map(step.source(), count),
                    workspace.map(step.output(), count),
                    workspace.scratchpad()));
      }
    }
    return runnable;
  }

  /** What pools and classifies a workspace's last map. */
  List<Runnable> head(DirectWorkspace workspace) {
    return head.bound(workspace);
  }
}
