package io.github.resnetserving.checkpoint.mxnet;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.resnetserving.checkpoint.Cursor;
import io.github.resnetserving.checkpoint.Printable;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Array;
import io.github.resnetserving.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A list of named arrays, as {@code mx.nd.save} writes it. Immutable. */
record NdArrayList(Map<String, Array> arrays) {

  static final long MAGIC = 0x112;

  private static final int V1 = 0xF993FAC8;
  private static final int V2 = 0xF993FAC9;
  private static final int V3 = 0xF993FACA;
  private static final int MAX_ARRAYS = 100_000;
  private static final int MAX_DIMENSIONS = 8;
  private static final List<DType> TYPES =
      List.of(DType.F32, DType.F64, DType.F16, DType.U8, DType.I32, DType.I8, DType.I64);

  /**
   * Reads a whole file.
   *
   * @throws WeightsException if it is not whole, or holds quantised or sparse arrays
   */
  static NdArrayList read(MemorySegment file) throws WeightsException {
    Cursor in = new Cursor(file, "its list of arrays");
    in.skip(2 * Long.BYTES);
    long count = in.i64();
    if (count < 1 || count > MAX_ARRAYS) {
      throw new WeightsException(
          "it says that it has %d arrays, which no ResNet has: the file is damaged"
              .formatted(count));
    }
    List<Array> values = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      values.add(array(in));
    }
    long names = in.i64();
    if (names != count) {
      throw new WeightsException(
          "it has %d arrays, but %d names: save it with net.save_parameters"
              .formatted(count, names));
    }
    Map<String, Array> arrays = new LinkedHashMap<>();
    for (Array value : values) {
      String name = in.text(in.i64(), UTF_8);
      String plain = name.replaceFirst("^(arg|aux):", "");
      if (arrays.put(plain, value) != null) {
        throw new WeightsException("it has two arrays named %s".formatted(Printable.of(plain)));
      }
    }
    return new NdArrayList(arrays);
  }

  private static Array array(Cursor in) throws WeightsException {
    int magic = in.i32();
    boolean versioned = magic == V2 || magic == V3;
    if (versioned && in.i32() > 0) {
      throw new WeightsException("it holds a sparse array: save it as a dense one");
    }
    long dimensions = versioned || magic == V1 ? in.u32() : magic;
    if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw new WeightsException(
          "it holds an array of %d dimensions: the file is damaged, or an array was never set"
              .formatted(dimensions));
    }
    List<Integer> shape = new ArrayList<>();
    long count = 1;
    for (int i = 0; i < dimensions; i++) {
      long size = versioned || magic == V1 ? in.i64() : in.u32();
      if (size < 1 || size > Integer.MAX_VALUE || size * count > Integer.MAX_VALUE) {
        throw new WeightsException("it holds an array of an impossible size, %d".formatted(size));
      }
      shape.add((int) size);
      count *= size;
    }
    in.skip(2 * Integer.BYTES); // the device
    int type = in.i32();
    if (type < 0 || type >= TYPES.size()) {
      throw new WeightsException(
          "it holds an array whose type has the number %d, which is not known".formatted(type));
    }
    DType dtype = TYPES.get(type);
    if (dtype == DType.I8 || dtype == DType.U8) {
      throw new WeightsException(
          "it is quantised: an array has 8 bits a number. Give the float32 model that it was made"
              + " of; int8 is made here, by calibrate and --precision int8");
    }
    MemorySegment bytes = in.slice(count * dtype.bytes());
    int elements = (int) count;
    return new Array(
        shape,
        () -> {
          float[] values = new float[elements];
          dtype.read(bytes, 0, values);
          return values;
        });
  }
}
