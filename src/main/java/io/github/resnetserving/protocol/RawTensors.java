package io.github.resnetserving.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Tensors as bytes: numbers little-endian, BYTES each after its length in four bytes. */
final class RawTensors {

  private RawTensors() {}

  /** Splits a BYTES tensor into its elements. */
  static List<byte[]> split(ByteBuffer raw) throws ProtocolException {
    ByteBuffer rest = raw.slice().order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> elements = new ArrayList<>();
    while (rest.hasRemaining()) {
      int length = rest.remaining() < Integer.BYTES ? -1 : rest.getInt();
      if (length < 0 || length > rest.remaining()) {
        throw ProtocolException.invalid(
            "The raw BYTES tensor is cut off: each element needs its length in four little-endian "
                + "bytes before it.");
      }
      byte[] element = new byte[length];
      rest.get(element);
      elements.add(element);
    }
    return elements;
  }

  static byte[] join(List<byte[]> elements) {
    int size = elements.stream().mapToInt(element -> Integer.BYTES + element.length).sum();
    ByteBuffer all = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    for (byte[] element : elements) {
      all.putInt(element.length).put(element);
    }
    return all.array();
  }

  /** The numbers of an FP32 tensor. */
  static float[] floats(ByteBuffer raw) throws ProtocolException {
    if (raw.remaining() % Float.BYTES != 0) {
      throw ProtocolException.invalid(
          "%d bytes are no whole number of FP32 elements.".formatted(raw.remaining()));
    }
    float[] numbers = new float[raw.remaining() / Float.BYTES];
    raw.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(numbers);
    return numbers;
  }
}
