package io.github.resnetserving.image;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What describes a TIFF's image must be whole numbers, or the decoder reads others than the check.
 */
class TiffFieldTypesTest {

  private static final int LONG = 4;

  private final ImagePipeline pipeline = new ImagePipeline(DecodePolicy.DEFAULT);

  static Stream<Arguments> fields() {
    return Stream.of(256, 257, 258, 259, 262, 273, 277, 278, 279)
        .flatMap(
            tag -> Stream.of(2, 5, 6, 7, 9, 10, 11, 12, 77).map(type -> Arguments.of(tag, type)));
  }

  @ParameterizedTest
  @MethodSource("fields")
  void aFieldOfAnotherTypeIsRefused(int tag, int type) {
    assertThatThrownBy(() -> pipeline.decode(tiff(tag, type)))
        .isInstanceOf(ImageException.Unreadable.class);
  }

  private static byte[] tiff(int wrongTag, int wrongType) {
    List<int[]> fields =
        List.of(
            new int[] {256, 8},
            new int[] {257, 8},
            new int[] {258, 8},
            new int[] {259, 1},
            new int[] {262, 1},
            new int[] {273, 200},
            new int[] {277, 1},
            new int[] {278, 8},
            new int[] {279, 64});
    ByteBuffer out = ByteBuffer.allocate(264).order(ByteOrder.LITTLE_ENDIAN);
    out.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8);
    out.putShort((short) fields.size());
    for (int[] field : fields) {
      out.putShort((short) field[0]).putShort((short) (field[0] == wrongTag ? wrongType : LONG));
      out.putInt(1).putInt(field[1]);
    }
    return out.array();
  }
}
