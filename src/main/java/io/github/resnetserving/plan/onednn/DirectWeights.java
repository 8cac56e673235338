package io.github.resnetserving.plan.onednn;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.resnetserving.graph.Convolution;
import io.github.resnetserving.graph.Step;
import io.github.resnetserving.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Lays a direct plan's weights as its primitives want them. Those for other batch sizes take one
 * that is there where the same implementation computes in it; so most are in memory once. Belongs
 * to the thread that compiles.
 */
final class DirectWeights {

  private final Session session;
  private final DirectPlanFile file;
  private final DType type;
  private final DType biasType;
  private final Kept kept;

  /** A primitive and the operands that are the same at each call. */
  record Weighted(Primitive primitive, List<Operand> constants) {}

  /**
   * A direct plan's weights in memory, as long as its session. Belongs to the thread that compiles.
   *
   * @param layouts of each layer's weight, the one that was wanted first before others
   * @param others each layer's bias, and the scales of its weight
   */
  record Kept(Map<String, List<Operand>> layouts, Map<String, List<Operand>> others) {

    Kept() {
      this(new HashMap<>(), new HashMap<>());
    }

    /** A layer's weight in one of its layouts. */
    Operand weight(String layer) {
      return layouts.getOrDefault(layer, List.of()).getFirst();
    }
  }

  /**
   * @param kept weights that are in memory, where further ones are added
   */
  DirectWeights(Session session, DirectPlanFile file, Kept kept) {
    this.session = session;
    this.file = file;
    this.kept = kept;
    this.type = DType.ofWeights(file.arrangement().precision());
    this.biasType = type == DType.BF16 ? type : DType.F32;
  }

  /** A convolution, and the weights, bias and scales that it computes with. */
  Weighted convolution(
      Convolution convolution,
      int padding,
      Descriptor source,
      Descriptor output,
      Epilogue epilogue) {
    Descriptor bias = session.rowMajor(biasType, convolution.outputs());
    return weighted(
        convolution.name(),
        type,
        shape(convolution),
        bias,
        layout ->
            session.convolution(
                source,
                layout,
                bias,
                output,
                convolution.stride(),
                padding,
                epilogue,
                /* grouped= */ convolution.groups() > 1));
  }

  /** With the groups first where there are several. */
  private static long[] shape(Convolution convolution) {
    int outputs = convolution.outputs();
    int inputs = convolution.groupInputs();
    int kernel = convolution.kernel();
    int groups = convolution.groups();
    return groups == 1
        ? new long[] {outputs, inputs, kernel, kernel}
        : new long[] {groups, outputs / groups, inputs, kernel, kernel};
  }

  /** A batch norm of its own, as a convolution of each channel with one weight. */
  Weighted normalization(
      Step.Normalize step, int channels, Descriptor source, Descriptor output, Epilogue epilogue) {
    Descriptor bias = session.rowMajor(biasType, channels);
    return weighted(
        step.norm(),
        type,
        new long[] {channels, 1, 1, 1, 1}, // of as many groups
        bias,
        layout ->
            session.convolution(
                source,
                layout,
                bias,
                output,
                /* stride= */ 1,
                /* padding= */ 0,
                epilogue,
                /* grouped= */ true));
  }

  /** A linear layer. */
  Weighted linear(Step.Linear step, int width, Descriptor features, Descriptor logits) {
    Descriptor bias = session.rowMajor(DType.F32, step.outputs());
    return weighted(
        step.layer(),
        DType.F32,
        new long[] {step.outputs(), width},
        bias,
        layout -> session.innerProduct(features, layout, bias, logits, step.function()));
  }

  private Weighted weighted(
      String layer,
      DType type,
      long[] shape,
      Descriptor bias,
      Function<Descriptor, Primitive> make) {
    Primitive best = make.apply(session.anyLayout(type, shape));
    if (best.isPlain()) {
      throw new IllegalStateException(
          "oneDNN computes %s with plain loops on this processor (%s)"
              .formatted(layer, best.implementation()));
    }
    List<Operand> known = kept.layouts().computeIfAbsent(layer, _ -> new ArrayList<>());
    for (Operand weight : known) {
      if (session.alike(weight.descriptor(), best.weights())) {
        return new Weighted(best, constants(layer, weight));
      }
    }
    for (Operand weight : known) {
      Primitive other = make.apply(weight.descriptor());
      // In a layout that it was not made for a primitive may fall back to plain loops.
      if (other.implementation().equals(best.implementation())) {
        return new Weighted(other, constants(layer, weight));
      }
    }
    MemorySegment memory = session.allocate(best.weights().bytes());
    session.copy(session.rowMajor(type, shape), file.layer(layer).weight(), best.weights(), memory);
    Operand weight = new Operand(Role.WEIGHTS, best.weights(), memory);
    if (known.isEmpty()) {
      keepOthers(layer, bias);
    }
    known.add(weight);
    return new Weighted(best, constants(layer, weight));
  }

  private void keepOthers(String layer, Descriptor bias) {
    DirectPlanFile.Layer tensors = file.layer(layer);
    List<Operand> operands = new ArrayList<>();
    operands.add(new Operand(Role.BIAS, bias, copy(tensors.bias())));
    MemorySegment scales = tensors.scales();
    if (scales != null) {
      Descriptor perOutput = session.rowMajor(DType.F32, scales.byteSize() / Float.BYTES);
      operands.add(new Operand(Role.WEIGHTS_SCALE, perOutput, copy(scales)));
    }
    kept.others().put(layer, operands);
  }

  private MemorySegment copy(MemorySegment tensor) {
    return session.allocate(tensor.byteSize()).copyFrom(tensor);
  }

  private List<Operand> constants(String layer, Operand weight) {
    List<Operand> constants = new ArrayList<>(kept.others().getOrDefault(layer, List.of()));
    constants.add(weight);
    return constants;
  }

  Operand scale(Role role, double scale) {
    MemorySegment memory = session.allocate(Float.BYTES);
    memory.set(JAVA_FLOAT, 0, (float) scale);
    return new Operand(role, session.rowMajor(DType.F32, 1), memory);
  }

  Operand zeroPoint(int zeroPoint) {
    MemorySegment memory = session.allocate(Integer.BYTES);
    memory.set(JAVA_INT, 0, zeroPoint);
    return new Operand(Role.DESTINATION_ZERO_POINT, session.rowMajor(DType.I32, 1), memory);
  }
}
