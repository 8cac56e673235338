package io.github.resnetserving.openinference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** BYTES tensors as bytes: each element after its length in four little-endian bytes. */
final class RawTensors {

  private RawTensors() {}

  /** Splits a BYTES tensor into its elements. */
  static void split(ByteBuffer raw, InputTensor tensor, InputTensor.Allowance allowance)
      throws ProtocolException {
    ByteBuffer rest = raw.slice().order(ByteOrder.LITTLE_ENDIAN);
    while (rest.hasRemaining()) {
      int length = rest.remaining() < Integer.BYTES ? -1 : rest.getInt();
      if (length < 0 || length > rest.remaining()) {
        throw ProtocolException.invalid(
            "The raw BYTES tensor is cut off: each element needs its length in four little-endian "
                + "bytes before it.");
      }
      tensor.requireImage();
      allowance.take(length);
      byte[] element = new byte[length];
      rest.get(element);
      tensor.image(element);
    }
  }

  static byte[] join(List<byte[]> elements) {
    int size = elements.stream().mapToInt(element -> Integer.BYTES + element.length).sum();
    ByteBuffer all = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    for (byte[] element : elements) {
      all.putInt(element.length).put(element);
    }
    return all.array();
  }
}
