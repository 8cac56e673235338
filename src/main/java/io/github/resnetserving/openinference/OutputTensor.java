package io.github.resnetserving.openinference;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A tensor on its way out. */
sealed interface OutputTensor {

  String name();

  String datatype();

  /** Rows first: one for each image. */
  List<Long> shape();

  /** Elements in row-major order, little-endian. */
  byte[] raw();

  /**
   * FP32.
   *
   * @param rows (images, width)
   */
  record Numbers(String name, List<float[]> rows) implements OutputTensor {

    @Override
    public String datatype() {
      return "FP32";
    }

    @Override
    public List<Long> shape() {
      return List.of((long) rows.size(), (long) rows.getFirst().length);
    }

    @Override
    public byte[] raw() {
      int width = rows.getFirst().length;
      ByteBuffer buffer =
          ByteBuffer.allocate(rows.size() * width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (float[] row : rows) {
        for (float number : row) {
          buffer.putFloat(number);
        }
      }
      return buffer.array();
    }
  }

  /**
   * BYTES: {@code value:index:label}, as Triton's classification extension has it.
   *
   * @param rows (images, classes), best first
   */
  record Classes(String name, List<List<String>> rows) implements OutputTensor {

    @Override
    public String datatype() {
      return "BYTES";
    }

    @Override
    public List<Long> shape() {
      return List.of((long) rows.size(), (long) rows.getFirst().size());
    }

    @Override
    public byte[] raw() {
      return RawTensors.join(
          rows.stream()
              .flatMap(List::stream)
              .map(text -> text.getBytes(StandardCharsets.UTF_8))
              .toList());
    }
  }
}
