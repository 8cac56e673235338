package io.github.resnetserving.engine;

import io.github.resnetserving.engine.DirectWeights.Weighted;
import io.github.resnetserving.network.DirectProgram;
import io.github.resnetserving.network.DirectProgram.Activation;
import io.github.resnetserving.network.DirectProgram.Step;
import io.github.resnetserving.onednn.DataType;
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

  /** A step that oneDNN computes. */
  private record Compiled(
      Step step,
      Primitive primitive,
      Descriptor source,
      Descriptor output,
      List<Operand> constants) {}

  private final Session session;
  private final DirectProgram program;
  private final MapNumbers numbers;
  private final int count;
  private final List<Compiled> compiled = new ArrayList<>(); // without the pads
  private final Weighted classifier;
  private final Descriptor features;
  private final Descriptor logits;

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
    int width = program.map(program.last()).channels();
    features = session.rowMajor(DataType.FLOAT32, count, width);
    logits = session.rowMajor(DataType.FLOAT32, count, program.classes());
    classifier = weights.classifier(features, logits);
  }

  private Descriptor descriptor(String map) {
    Activation activation = program.map(map);
    return session.channelsLast(numbers.type(), count, activation.channels(), activation.side());
  }

  private Compiled compiled(Step.Convolve step, DirectWeights weights) {
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
    return new Compiled(step, weighted.primitive(), source, output, constants);
  }

  private Compiled compiled(Step.MaxPool step) {
    Descriptor source = descriptor(step.source());
    Descriptor output = descriptor(step.output());
    Primitive primitive =
        session.maxPool(source, output, /* kernel= */ 3, /* stride= */ 2, /* padding= */ 1);
    return new Compiled(step, primitive, source, output, List.of());
  }

  /** Bytes that every primitive can work in. */
  long scratchpadBytes() {
    long bytes = classifier.primitive().scratchpad().bytes();
    for (Compiled step : compiled) {
      bytes = Math.max(bytes, step.primitive().scratchpad().bytes());
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
        Compiled each = compiled.get(next++);
        List<Operand> operands = new ArrayList<>(each.constants());
        operands.add(
            new Operand(Role.SOURCE, each.source(), workspace.map(each.step().source(), count)));
        operands.add(
            new Operand(
                Role.DESTINATION, each.output(), workspace.map(each.step().output(), count)));
        runnable.add(run(each.primitive(), operands, workspace));
      }
    }
    return runnable;
  }

  /** What classifies a workspace's features. */
  Runnable classification(DirectWorkspace workspace) {
    List<Operand> operands = new ArrayList<>(classifier.constants());
    operands.add(new Operand(Role.SOURCE, features, workspace.features()));
    operands.add(new Operand(Role.DESTINATION, logits, workspace.logits()));
    return run(classifier.primitive(), operands, workspace);
  }

  private Runnable run(Primitive primitive, List<Operand> operands, DirectWorkspace workspace) {
    operands.add(new Operand(Role.SCRATCHPAD, primitive.scratchpad(), workspace.scratchpad()));
    return session.call(primitive, operands)::run;
  }
}
