package io.github.resnetserving.checkpoint.onnx;

import io.github.resnetserving.checkpoint.Printable;
import io.github.resnetserving.checkpoint.WeightsException;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Array;
import io.github.resnetserving.checkpoint.wire.Onnx.StringStringEntryProto;
import io.github.resnetserving.checkpoint.wire.Onnx.TensorProto;
import io.github.resnetserving.tensor.DType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The constants of a model, in it or in files beside it. For use by one thread. */
final class OnnxTensors {

  private static final int EXTERNAL = 1;
  private static final int INT64 = 7;

  /** By ONNX's numbers of element types. */
  private static final Map<Integer, DType> TYPES =
      Map.of(1, DType.F32, 10, DType.F16, 11, DType.F64, 16, DType.BF16);

  private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*");

  private final Path folder;
  private final Map<String, MemorySegment> files = new HashMap<>();

  OnnxTensors(Path folder) {
    this.folder = folder;
  }

  /** A tensor of real numbers, whose elements are known to be there. */
  Array array(TensorProto tensor) throws WeightsException {
    try {
      return read(tensor);
    } catch (WeightsException e) {
      throw e.in("tensor " + Printable.of(tensor.getName()));
    }
  }

  private Array read(TensorProto tensor) throws WeightsException {
    DType type = TYPES.get(tensor.getDataType());
    if (type == null) {
      throw new WeightsException(
          "its element type is number %d of ONNX, which no weights of a float model have: quantised models are not read; give the float32 model"
              .formatted(tensor.getDataType()));
    }
    List<Integer> shape = new ArrayList<>();
    long count = 1;
    for (long size : tensor.getDimsList()) {
      if (size < 1 || size > Integer.MAX_VALUE || size * count > Integer.MAX_VALUE) {
        throw new WeightsException("its shape %s is impossible".formatted(tensor.getDimsList()));
      }
      shape.add((int) size);
      count *= size;
    }
    int elements = (int) count;
    if (type == DType.F32 && tensor.getFloatDataCount() > 0) {
      require(elements, tensor.getFloatDataCount());
      return new Array(shape, () -> floats(tensor.getFloatDataList()));
    }
    if (type != DType.F32
        && tensor.getDataLocation() != EXTERNAL
        && tensor.getRawData().isEmpty()) {
      throw new WeightsException(
          "it has numbers of type %s that are not raw, which are not read: save the model with raw data (onnx.numpy_helper.from_array makes it)"
              .formatted(type));
    }
    MemorySegment bytes = bytes(tensor);
    require((long) elements * type.bytes(), bytes.byteSize());
    return new Array(
        shape,
        () -> {
          float[] values = new float[elements];
          type.read(bytes, 0, values);
          return values;
        });
  }

  private static float[] floats(List<Float> list) {
    float[] values = new float[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i);
    }
    return values;
  }

  /** A tensor of whole numbers, such as axes. */
  List<Long> longs(TensorProto tensor) throws WeightsException {
    if (tensor.getDataType() != INT64) {
      throw new WeightsException("whole numbers of 64 bits are expected as axes");
    }
    if (tensor.getInt64DataCount() > 0) {
      return tensor.getInt64DataList();
    }
    List<Long> longs = new ArrayList<>();
    var buffer = tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.remaining() >= Long.BYTES && longs.size() < 8) {
      longs.add(buffer.getLong());
    }
    return longs;
  }

  private static void require(long expected, long there) throws WeightsException {
    if (expected != there) {
      throw new WeightsException(
          "its shape takes %d, but the file has %d: the file is damaged; export or fetch it again"
              .formatted(expected, there));
    }
  }

  private MemorySegment bytes(TensorProto tensor) throws WeightsException {
    return tensor.getDataLocation() == EXTERNAL
        ? external(tensor)
        : MemorySegment.ofBuffer(tensor.getRawData().asReadOnlyByteBuffer());
  }

  private MemorySegment external(TensorProto tensor) throws WeightsException {
    Map<String, String> where = new HashMap<>();
    for (StringStringEntryProto entry : tensor.getExternalDataList()) {
      where.put(entry.getKey(), entry.getValue());
    }
    MemorySegment file = file(where.getOrDefault("location", ""));
    long offset = number(where.getOrDefault("offset", "0"));
    long length =
        where.containsKey("length")
            ? number(where.getOrDefault("length", ""))
            : file.byteSize() - offset;
    if (offset < 0 || length < 0 || offset > file.byteSize() - length) {
      throw new WeightsException(
          "it should lie at byte %d of %s, %d long, but that has %d bytes: fetch both again"
              .formatted(
                  offset,
                  Printable.of(where.getOrDefault("location", "")),
                  length,
                  file.byteSize()));
    }
    return file.asSlice(offset, length);
  }

  private static long number(String text) throws WeightsException {
    if (!text.matches("\\d{1,18}")) {
      throw new WeightsException(
          "its place in the file beside the model is \"%s\": it must be a number"
              .formatted(Printable.of(text)));
    }
    return Long.parseLong(text);
  }

  private MemorySegment file(String name) throws WeightsException {
    if (!FILE_NAME.matcher(name).matches()) {
      throw new WeightsException(
          "it lies in \"%s\": only a file in the model's own folder is read; save the model with all data in one file"
              .formatted(Printable.of(name)));
    }
    MemorySegment known = files.get(name);
    if (known != null) {
      return known;
    }
    Path path = folder.resolve(name);
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new WeightsException(
          "it lies in %s, which is not beside the model (or is a link): put it there"
              .formatted(name));
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment mapped =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
      files.put(name, mapped);
      return mapped;
    } catch (IOException e) {
      throw new WeightsException("%s cannot be opened: %s".formatted(name, e.getMessage()), e);
    }
  }
}
