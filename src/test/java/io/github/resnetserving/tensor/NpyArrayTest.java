package io.github.resnetserving.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class NpyArrayTest {

  private static byte[] floats(float... values) {
    ByteBuffer data =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    data.asFloatBuffer().put(values);
    return data.array();
  }

  private static byte[] file(byte[] header, byte[] data) {
    byte[] file = Arrays.copyOf(header, header.length + data.length);
    System.arraycopy(data, 0, file, header.length, data.length);
    return file;
  }

  /** As numpy writes it, with a version and a length of its header. */
  private static byte[] header(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(10 + bytes.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
        .putShort((short) bytes.length)
        .put(bytes)
        .array();
  }

  @Test
  void whatThisProgramWritesIsRead() {
    NpyArray array =
        NpyArray.parse(
            file(NpyHeader.of(/* half= */ false, List.of(2, 3), 0), floats(1, 2, 3, 4, 5, 6)));

    assertThat(array.rows()).isEqualTo(2);
    assertThat(array.width()).isEqualTo(3);
    assertThat(array.row(0)).containsExactly(1, 2, 3);
    assertThat(array.row(1)).containsExactly(4, 5, 6);
  }

  @Test
  void doublesAreRounded() {
    byte[] data = new byte[16];
    ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).putDouble(0.1).putDouble(2);

    NpyArray array =
        NpyArray.parse(
            file(header("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }\n"), data));

    assertThat(array.row(0)).containsExactly(0.1f, 2);
  }

  @Test
  void everythingElseIsRefused() {
    String plain = "it must be an array of two dimensions in float32 or float64, row by row";
    refused(new byte[0], "it is no file that numpy.save wrote");
    refused(
        "no array at all".getBytes(StandardCharsets.US_ASCII),
        "it is no file that numpy.save wrote");
    refused(Arrays.copyOf(header(""), 9), "it is cut off");
    refused(Arrays.copyOf(NpyHeader.of(false, List.of(1, 1), 0), 40), "it is cut off");
    refused(NpyHeader.of(/* half= */ true, List.of(1, 1), 0), plain);
    refused(NpyHeader.of(false, List.of(1, 1, 1), 0), plain);
    refused(header("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }"), plain);
    refused(
        file(NpyHeader.of(false, List.of(2, 2), 0), floats(1, 2, 3)),
        "its shape 2 x 2 takes 16 bytes and 12 are there");
  }

  private static void refused(byte[] file, String message) {
    assertThatThrownBy(() -> NpyArray.parse(file)).hasMessage(message);
  }
}
