package io.github.resnetserving.image;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.resnetserving.fuzz.ByteWriter;
import io.github.resnetserving.fuzz.Choices;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

class BmpFuzzTest {

  private static final List<Integer> HEADERS = List.of(40, 12, 16, 52, 56, 64, 108, 124);
  private static final List<Integer> DEPTHS = List.of(24, 1, 4, 8, 16, 32, 2, 0);
  private static final List<byte[]> EMBEDDED =
      List.of(
          FuzzedImages.seeds("gray.jpg").getFirst(), FuzzedImages.seeds("gray2.png").getFirst());

  static List<byte[]> images() {
    return FuzzedImages.seeds(".bmp");
  }

  @MethodSource("images")
  @FuzzTest
  void file(byte[] encoded) {
    FuzzedImages.prepare(encoded);
  }

  /** A header with any numbers, before a palette and pixels, or before a JPEG or PNG. */
  @FuzzTest
  void header(FuzzedDataProvider data) {
    Choices choices = new Choices(data);
    int size = choices.of(HEADERS);
    int depth = choices.of(DEPTHS);
    int compression = choices.upTo(7); // 1 and 2 run lengths, 3 and 6 masks, 4 JPEG, 5 PNG
    ByteWriter info = new ByteWriter(ByteOrder.LITTLE_ENDIAN).u32(choices.number(size));
    if (size == 12) {
      info.u16(choices.number(8)).u16(choices.number(8)).u16(choices.number(1)).u16(depth);
    } else {
      info.u32(choices.number(8)).u32(choices.number(8)).u16(choices.number(1)).u16(depth);
      info.u32(compression).u32(choices.number(0)); // bytes of the pixels
      info.u32(0).u32(0).u32(choices.number(0)).u32(choices.number(0)); // colours in the palette
      info.bytes(choices.bytes(Math.max(0, size - 40)));
    }
    byte[] palette =
        depth <= 8 || choices.oneIn(4) ? choices.bytes(4 << Math.min(depth, 8)) : none();
    byte[] pixels =
        compression == 4 || compression == 5
            ? choices.edited(choices.of(EMBEDDED))
            : choices.bytes(choices.upTo(1 << 10));
    int start = 14 + info.size() + palette.length;
    FuzzedImages.prepare(
        new ByteWriter(ByteOrder.LITTLE_ENDIAN)
            .text("BM")
            .u32(choices.number(start + pixels.length))
            .u32(0)
            .u32(choices.number(start))
            .bytes(info.toByteArray())
            .bytes(palette)
            .bytes(pixels)
            .toByteArray());
  }

  private static byte[] none() {
    return new byte[0];
  }
}
