package io.github.resnetserving.plan.onednn;

import io.github.resnetserving.graph.AffineQuantizer;
import io.github.resnetserving.graph.Graph;
import io.github.resnetserving.graph.Graph.Activation;
import io.github.resnetserving.graph.Step;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.plan.onednn.DirectWeights.Weighted;
import io.github.resnetserving.plan.onednn.Primitive.Pooling;
import io.github.resnetserving.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A graph compiled for batches of one size, with a method for each kind of step. Immutable; several
 * threads may bind it to memory of their own.
 */
final class DirectPass {

  /** A compiled step, which memory to run in is given to. */
  @FunctionalInterface
  private interface Unbound {
    Runnable to(DirectWorkspace workspace);
  }

  private final Session session;
  private final Arrangement arrangement;
  private final DirectWeights weights;
  private final DType type;
  private final int count;
  private final List<Unbound> compiled = new ArrayList<>(); // one for each step
  private long scratchpadBytes;

  DirectPass(Session session, Arrangement arrangement, DirectWeights weights, int count) {
    this.session = session;
    this.arrangement = arrangement;
    this.weights = weights;
    this.type = arrangement.type();
    this.count = count;
    for (Step step : arrangement.graph().steps()) {
      compiled.add(
          switch (step) {
            case Step.Convolve convolve -> convolution(convolve);
            case Step.Normalize normalize -> normalize(normalize);
            case Step.GroupNormalize norm -> throw refusal(norm);
            case Step.MaxPool pool -> maxPool(pool);
            case Step.AveragePool pool -> averagePool(pool);
            case Step.Pad pad -> pad(pad);
            case Step.GlobalPool pool -> globalPool(pool);
            case Step.Linear linear -> linear(linear);
            case Step.Excite excite -> excite(excite);
          });
    }
  }

  /** Its kernels want whole registers of channels in a group; ResNet-50's groups begin with 2. */
  private static IllegalStateException refusal(Step.GroupNormalize norm) {
    return new IllegalStateException(
        "oneDNN computes the group norm %s with plain loops; the fused plan runs it"
            .formatted(norm.norm()));
  }

  private Descriptor descriptor(String activation) {
    Activation shape = arrangement.activation(activation);
    return session.channelsLast(
        arrangement.type(activation), count, shape.channels(), shape.side());
  }

  private Unbound convolution(Step.Convolve step) {
    Descriptor source = descriptor(step.input());
    Descriptor output = descriptor(step.output());
    boolean bytes = type == DType.U8;
    AffineQuantizer made = arrangement.quantizer(step.output());
    Epilogue.Addend addend = step.addend() == null ? null : addend(step.addend());
    Epilogue epilogue = new Epilogue(addend, step.relu(), bytes, made.zeroPoint() != 0);
    // The input's frame stands for the padding.
    int padding = step.input().equals(Graph.INPUT) && bytes ? 0 : step.convolution().padding();
    Weighted weighted = weights.convolution(step.convolution(), padding, source, output, epilogue);
    return weighted(weighted, step, source, output);
  }

  private Epilogue.Addend addend(String activation) {
    AffineQuantizer added = arrangement.quantizer(activation);
    return new Epilogue.Addend((float) added.scale(), added.zeroPoint());
  }

  private Unbound excite(Step.Excite step) {
    Descriptor source = descriptor(step.input());
    Descriptor factors = descriptor(step.factors());
    Descriptor output = descriptor(step.output());
    Primitive primitive =
        session.excitation(
            source,
            factors,
            output,
            addend(step.addend()),
            (float) arrangement.quantizer(step.output()).scale());
    Function<DirectWorkspace, List<Operand>> further =
        workspace ->
            List.of(new Operand(Role.FACTORS, factors, workspace.memory(step.factors(), count)));
    return call(primitive, step.input(), source, step.output(), output, further);
  }

  /** As a convolution of each channel; the bias has the source's zero point in it. */
  private Unbound normalize(Step.Normalize step) {
    Descriptor source = descriptor(step.input());
    Descriptor output = descriptor(step.output());
    Epilogue epilogue =
        new Epilogue(
            /* addend= */ null, /* relu= */ true, type == DType.U8, /* zeroPoint= */ false);
    int channels = arrangement.activation(step.output()).channels();
    Weighted weighted = weights.normalization(step, channels, source, output, epilogue);
    return weighted(weighted, step, source, output);
  }

  private Unbound weighted(Weighted weighted, Step step, Descriptor source, Descriptor output) {
    List<Operand> constants = new ArrayList<>(weighted.constants());
    if (type == DType.U8) {
      AffineQuantizer made = arrangement.quantizer(step.output());
      constants.add(weights.scale(Role.SOURCE_SCALE, arrangement.quantizer(step.input()).scale()));
      constants.add(weights.scale(Role.DESTINATION_SCALE, made.scale()));
      if (made.zeroPoint() != 0) {
        constants.add(weights.zeroPoint(made.zeroPoint()));
      }
    }
    return call(weighted.primitive(), step.input(), source, step.output(), output, constants);
  }

  private Unbound maxPool(Step.MaxPool step) {
    Descriptor source = descriptor(step.input());
    Descriptor output = descriptor(step.output());
    int before = step.pool() == Topology.Pool.BEYOND ? 0 : 1; // zeros come with group norms alone
    int after = beyond(step, /* stride= */ 2, /* window= */ 3) - before;
    Primitive primitive =
        session.pool(Pooling.MAX, source, output, /* kernel= */ 3, /* stride= */ 2, before, after);
    return call(primitive, step.input(), source, step.output(), output, List.of());
  }

  /** The mean of bytes is rounded to a byte of the same scale. */
  private Unbound averagePool(Step.AveragePool step) {
    Descriptor source = descriptor(step.input());
    Descriptor output = descriptor(step.output());
    int beyond = beyond(step, step.window(), step.window());
    Primitive primitive =
        session.pool(
            Pooling.MEAN_OF_WHAT_IS_INSIDE,
            source,
            output,
            step.window(),
            step.window(),
            /* before= */ 0,
            beyond);
    return call(primitive, step.input(), source, step.output(), output, List.of());
  }

  /** By how many pixels the last windows reach beyond the right and the lower edge. */
  private int beyond(Step step, int stride, int window) {
    int last = (arrangement.activation(step.output()).side() - 1) * stride + window;
    return last - arrangement.activation(step.input()).side();
  }

  private Unbound pad(Step.Pad step) {
    return workspace -> {
      MemorySegment source = workspace.memory(step.input(), count);
      MemorySegment output = workspace.memory(step.output(), count);
      return () -> pad(step, source, output);
    };
  }

  private void pad(Step.Pad step, MemorySegment from, MemorySegment to) {
    Activation input = arrangement.activation(step.input());
    Activation output = arrangement.activation(step.output());
    long pixel = (long) input.channels() * type.bytes();
    long padded = (long) output.channels() * type.bytes();
    // Other activations, which are still read, may lie behind.
    to.asSlice(0, padded * output.side() * output.side() * count).fill((byte) 0);
    long before = (long) (output.channels() - input.channels()) / 2 * type.bytes();
    for (long i = 0; i < count; i++) {
      for (long y = 0; y < output.side(); y++) {
        for (long x = 0; x < output.side(); x++) {
          long read = (i * input.side() + y * step.stride()) * input.side() + x * step.stride();
          long write = (i * output.side() + y) * output.side() + x;
          MemorySegment.copy(from, read * pixel, to, write * padded + before, pixel);
        }
      }
    }
  }

  private Unbound globalPool(Step.GlobalPool step) {
    Activation shape = arrangement.activation(step.input());
    Descriptor wide = session.channelsLast(DType.F32, count, shape.channels(), shape.side());
    Descriptor means = session.channelsLast(DType.F32, count, shape.channels(), 1);
    if (arrangement.type(step.input()) == DType.F32) {
      Primitive mean = session.globalAveragePool(wide, means, shape.side());
      return call(mean, step.input(), wide, step.output(), means, List.of());
    }
    Descriptor narrow = descriptor(step.input());
    // After a ReLU the zero point is 0.
    Operand scale = weights.scale(Role.SOURCE_SCALE, arrangement.quantizer(step.input()).scale());
    Unbound widening =
        call(
            session.scaledReorder(narrow, wide),
            step.input(),
            narrow,
            ActivationLayout.FLOATS,
            wide,
            List.of(scale));
    Unbound pooling =
        call(
            session.globalAveragePool(wide, means, shape.side()),
            ActivationLayout.FLOATS,
            wide,
            step.output(),
            means,
            List.of());
    return workspace -> {
      Runnable widen = widening.to(workspace);
      Runnable pool = pooling.to(workspace);
      return () -> {
        widen.run();
        pool.run();
      };
    };
  }

  private Unbound linear(Step.Linear step) {
    int width = arrangement.activation(step.input()).channels();
    Descriptor features = session.rowMajor(DType.F32, count, width);
    Descriptor logits = session.rowMajor(DType.F32, count, step.outputs());
    Weighted weighted = weights.linear(step, width, features, logits);
    return call(
        weighted.primitive(), step.input(), features, step.output(), logits, weighted.constants());
  }

  /**
   * A call of a primitive.
   *
   * @param constants operands that are the same at each run
   */
  private Unbound call(
      Primitive primitive,
      String input,
      Descriptor source,
      String output,
      Descriptor destination,
      List<Operand> constants) {
    return call(primitive, input, source, output, destination, _ -> constants);
  }

  /** A call of a primitive with further operands, some of which may lie in the workspace. */
  private Unbound call(
      Primitive primitive,
      String input,
      Descriptor source,
      String output,
      Descriptor destination,
      Function<DirectWorkspace, List<Operand>> further) {
    scratchpadBytes = Math.max(scratchpadBytes, primitive.scratchpad().bytes());
    return workspace -> {
      List<Operand> operands = new ArrayList<>(further.apply(workspace));
      operands.add(new Operand(Role.SOURCE, source, workspace.memory(input, count)));
      operands.add(new Operand(Role.DESTINATION, destination, workspace.memory(output, count)));
      operands.add(new Operand(Role.SCRATCHPAD, primitive.scratchpad(), workspace.scratchpad()));
      return session.call(primitive, operands)::run;
    };
  }

  /** Bytes that every primitive can work in. */
  long scratchpadBytes() {
    return scratchpadBytes;
  }

  /** What runs the steps on a workspace, one for each of the graph's. */
  List<Runnable> bound(DirectWorkspace workspace) {
    return compiled.stream().map(step -> step.to(workspace)).toList();
  }
}
