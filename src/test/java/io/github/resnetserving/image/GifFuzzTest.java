package io.github.resnetserving.image;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.resnetserving.fuzz.ByteWriter;
import io.github.resnetserving.fuzz.Choices;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

class GifFuzzTest {

  private static final List<List<byte[]>> FILES =
      FuzzedImages.seeds(".gif").stream().map(GifFuzzTest::blocksOf).toList();
  private static final List<byte[]> BLOCKS = FILES.stream().flatMap(List::stream).toList();

  static List<byte[]> images() {
    return FuzzedImages.seeds(".gif");
  }

  @MethodSource("images")
  @FuzzTest
  void file(byte[] encoded) {
    FuzzedImages.prepare(encoded);
  }

  /** Extensions and frames in any number and order. */
  @FuzzTest
  void blocks(FuzzedDataProvider data) {
    Choices choices = new Choices(data);
    ByteWriter file = new ByteWriter(ByteOrder.LITTLE_ENDIAN);
    choices.rearranged(choices.of(FILES), BLOCKS).forEach(file::bytes);
    FuzzedImages.prepare(file.toByteArray());
  }

  /** The header with the palette, then one piece for each block. */
  private static List<byte[]> blocksOf(byte[] gif) {
    List<byte[]> blocks = new ArrayList<>();
    int at = 13 + palette(gif[10]);
    blocks.add(Arrays.copyOf(gif, at));
    while (gif[at] != 0x3b) {
      int start = at;
      at += gif[at] == 0x21 ? 2 : 10 + palette(gif[at + 9]) + 1;
      while (gif[at] != 0) {
        at += 1 + (gif[at] & 0xff);
      }
      at++;
      blocks.add(Arrays.copyOfRange(gif, start, at));
    }
    blocks.add(new byte[] {0x3b});
    return blocks;
  }

  private static int palette(byte flags) {
    return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
  }
}
