package io.github.resnetserving.engine;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.github.resnetserving.network.DirectProgram;
import io.github.resnetserving.network.DirectProgram.Step;
import io.github.resnetserving.network.Precision;
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
import java.util.function.Function;

/**
 * Lays a direct plan's weights as its primitives want them. Those for other batch sizes take one
 * that is there where the same implementation computes in it; so most are in memory once. Belongs
 * to the thread that compiles.
 */
final class DirectWeights {

  private final Session session;
  private final DirectProgram program;
  private final DirectArchive archive;
  private final DataType type;
  private final DataType biasType;
  private final KeptWeights kept;

  /** A primitive and the operands that are the same at each call. */
  record Weighted(Primitive primitive, List<Operand> constants) {}

  /**
   * @param kept weights that are in memory, where further ones are added
   */
  DirectWeights(Session session, DirectArchive archive, KeptWeights kept) {
    this.session = session;
    this.archive = archive;
    this.kept = kept;
    this.program = archive.program();
    this.type =
        program.precision() == Precision.INT8
            ? DataType.INT8
            : MapNumbers.of(program.precision()).type();
    this.biasType = type == DataType.BFLOAT16 ? type : DataType.FLOAT32;
  }

  /** A convolution, and the weights, bias and scales that it computes with. */
  Weighted convolution(
      Step.Convolve step,
      int inputs,
      int outputs,
      Descriptor source,
      Descriptor output,
      Epilogue epilogue) {
    Descriptor bias = session.rowMajor(biasType, outputs);
    return weighted(
        step.layer(),
        type,
        new long[] {outputs, inputs, step.kernel(), step.kernel()},
        bias,
        layout ->
            session.convolution(
                source, layout, bias, output, step.stride(), step.padding(), epilogue));
  }

  /** The last layer. */
  Weighted classifier(Descriptor features, Descriptor logits) {
    Descriptor bias = session.rowMajor(DataType.FLOAT32, program.classes());
    return weighted(
        program.classifier(),
        DataType.FLOAT32,
        new long[] {program.classes(), program.map(program.last()).channels()},
        bias,
        layout -> session.innerProduct(features, layout, bias, logits));
  }

  private Weighted weighted(
      String layer,
      DataType type,
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
    session.copy(
        session.rowMajor(type, shape), archive.layer(layer).weight(), best.weights(), memory);
    Operand weight = new Operand(Role.WEIGHTS, best.weights(), memory);
    if (known.isEmpty()) {
      keepOthers(layer, bias);
    }
    known.add(weight);
    return new Weighted(best, constants(layer, weight));
  }

  private void keepOthers(String layer, Descriptor bias) {
    DirectArchive.Layer tensors = archive.layer(layer);
    List<Operand> operands = new ArrayList<>();
    operands.add(new Operand(Role.BIAS, bias, copy(tensors.bias())));
    MemorySegment scales = tensors.scales();
    if (scales != null) {
      Descriptor perOutput = session.rowMajor(DataType.FLOAT32, scales.byteSize() / Float.BYTES);
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
    return new Operand(role, session.rowMajor(DataType.FLOAT32, 1), memory);
  }

  Operand zeroPoint(int zeroPoint) {
    MemorySegment memory = session.allocate(Integer.BYTES);
    memory.set(JAVA_INT, 0, zeroPoint);
    return new Operand(Role.DESTINATION_ZERO_POINT, session.rowMajor(DataType.INT32, 1), memory);
  }
}
