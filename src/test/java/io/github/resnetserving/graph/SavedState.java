package io.github.resnetserving.graph;

import io.github.resnetserving.checkpoint.FormulaWeights;
import io.github.resnetserving.checkpoint.PickleAssembler;
import io.github.resnetserving.checkpoint.WeightsFiles;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Writes what a training script saves, value by value. Values are those of {@link FormulaWeights}
 * by a tensor's plain name, times a factor, so that one state dict can be told from another.
 */
final class SavedState {

  /** How the elements of a tensor lie in the file. */
  enum Storing {
    FLOATS,
    /** The last two dimensions swapped in memory. */
    TRANSPOSED,
    /** As halves; the values are rounded. */
    HALVES,
    BFLOATS,
    /** Every other tensor as halves, the others as bfloat16. */
    MIXED,
    /** As torch.nn.Parameter. */
    PARAMETERS,
    /** As a subclass of torch.Tensor. */
    SUBCLASSES
  }

  private final PickleAssembler pickle = new PickleAssembler();
  private final List<byte[]> storages = new ArrayList<>();

  /** Begins a dictionary, whose entries follow. */
  SavedState open() {
    pickle.raw("}(");
    return this;
  }

  SavedState close() {
    pickle.raw("u");
    return this;
  }

  SavedState key(String name) {
    pickle.text(name);
    return this;
  }

  /** Any opcodes. */
  SavedState with(Consumer<PickleAssembler> opcodes) {
    opcodes.accept(pickle);
    return this;
  }

  SavedState entry(String name, Consumer<PickleAssembler> opcodes) {
    return key(name).with(opcodes);
  }

  /** A tensor by formula. */
  SavedState tensor(String name, String formula, List<Integer> shape) {
    return tensor(name, formula, shape, 1, Storing.FLOATS);
  }

  SavedState tensor(
      String name, String formula, List<Integer> shape, double factor, Storing storing) {
    float[] values = FormulaWeights.values(formula, shape, /* bottleneck= */ false);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] * factor);
    }
    long[] sizes = shape.stream().mapToLong(Integer::longValue).toArray();
    long[] strides = rowMajor(sizes);
    String type =
        switch (storing) {
          case HALVES -> "HalfStorage";
          case BFLOATS -> "BFloat16Storage";
          case MIXED -> storages.size() % 2 == 0 ? "HalfStorage" : "BFloat16Storage";
          default -> "FloatStorage";
        };
    if (storing == Storing.TRANSPOSED && sizes.length >= 2) {
      values = transposed(values, shape);
      int last = sizes.length - 1;
      strides[last - 1] = 1;
      strides[last] = sizes[last - 1];
    }
    String storage = Integer.toString(storages.size());
    storages.add(bytes(values, type));
    pickle.text(name);
    switch (storing) {
      case PARAMETERS -> {
        pickle.global("torch._utils", "_rebuild_parameter").raw("(");
        pickle.tensor(type, storage, values.length, 0, sizes, strides);
        pickle.raw(0x88).global("collections", "OrderedDict").raw(")RtR");
      }
      case SUBCLASSES -> {
        pickle.global("torch._tensor", "_rebuild_from_type_v2").raw("(");
        pickle.global("torch._utils", "_rebuild_tensor_v2");
        pickle.global("torch.nn.parameter", "Parameter").raw("(");
        pickle.storage(type, storage, values.length).whole(0).tuple(sizes).tuple(strides);
        pickle.raw(0x89).global("collections", "OrderedDict").raw(")Rt}tR");
      }
      default -> pickle.tensor(type, storage, values.length, 0, sizes, strides);
    }
    return this;
  }

  /** Every tensor of a network, its names changed. */
  SavedState network(Topology topology, UnaryOperator<String> names) {
    return network(topology, names, 1, Storing.FLOATS);
  }

  SavedState network(
      Topology topology, UnaryOperator<String> names, double factor, Storing storing) {
    for (Map.Entry<String, List<Integer>> tensor : topology.tensors().entrySet()) {
      String changed = names.apply(tensor.getKey());
      if (!changed.isEmpty()) {
        tensor(changed, tensor.getKey(), tensor.getValue(), factor, storing);
      }
    }
    return this;
  }

  /** As torch.save writes it now. */
  byte[] zip() {
    return WeightsFiles.torchZip(pickle.stop(), storages.toArray(byte[][]::new));
  }

  /** As torch.save wrote it before torch 1.6; of float32 alone. */
  byte[] legacy() {
    return WeightsFiles.torchLegacy(pickle.stop(), storages.toArray(byte[][]::new));
  }

  private static long[] rowMajor(long[] sizes) {
    long[] strides = new long[sizes.length];
    long stride = 1;
    for (int i = sizes.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= sizes[i];
    }
    return strides;
  }

  private static float[] transposed(float[] values, List<Integer> shape) {
    int rows = shape.get(shape.size() - 2);
    int columns = shape.getLast();
    float[] swapped = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      int within = i % (rows * columns);
      int row = within / columns;
      int column = within % columns;
      swapped[i - within + column * rows + row] = values[i];
    }
    return swapped;
  }

  private static byte[] bytes(float[] values, String type) {
    if (type.equals("FloatStorage")) {
      return WeightsFiles.floats(values);
    }
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putShort(
          type.equals("HalfStorage")
              ? Float.floatToFloat16(value)
              : (short) (Float.floatToIntBits(value) >>> 16));
    }
    return bytes.array();
  }
}
