package io.github.resnetserving.image;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.resnetserving.fuzz.ByteWriter;
import io.github.resnetserving.fuzz.Choices;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

class TiffFuzzTest {

  private static final int SIDE = 8;
  private static final int STRIPS = 273;

  /** Of one strip of gray bytes: width, height, bits, compression, photometric, … */
  private static final int[][] PLAIN = {
    {256, SIDE},
    {257, SIDE},
    {258, 8},
    {259, 1},
    {262, 1},
    {STRIPS, 8},
    {277, 1},
    {278, SIDE},
    {279, SIDE * SIDE}
  };

  private static final List<Integer> TAGS =
      List.of(
          254, 256, 257, 258, 259, 262, 263, 266, 270, STRIPS, 274, 277, 278, 279, 282, 284, 292,
          305, 317, 320, 322, 323, 324, 325, 330, 332, 338, 339, 347, 512, 513, 514, 519, 529, 530,
          532, 700, 33723, 34377, 34665, 34675, 34853, 37724, 50341);

  private static final List<Integer> COMPRESSIONS = List.of(1, 5, 8, 32773, 2, 3, 4, 6, 7, 32946);

  /** Bytes of each type of value, from BYTE on. */
  private static final int[] SIZES = {1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};

  static List<byte[]> images() {
    return FuzzedImages.seeds(".tif");
  }

  @MethodSource("images")
  @FuzzTest
  void file(byte[] encoded) {
    FuzzedImages.prepare(encoded);
  }

  /**
   * Directories of tags with any type, count and offset: values may lie on one another, outside the
   * file or in a directory, and a directory may be its own successor.
   */
  @FuzzTest
  void directories(FuzzedDataProvider data) {
    Choices choices = new Choices(data);
    ByteOrder order = choices.oneIn(2) ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    byte[] block = choices.bytes(SIDE * SIDE + choices.upTo(4096));
    int first = 8 + block.length;
    ByteWriter file = new ByteWriter(order);
    file.text(order == ByteOrder.BIG_ENDIAN ? "MM" : "II").u16(42).u32(choices.number(first));
    file.bytes(block);
    int directories = 1 + choices.upTo(2);
    for (int i = 0; i < directories && file.size() < Choices.MAX_BYTES; i++) {
      List<byte[]> entries = entries(choices, order, block.length);
      file.u16(choices.number(entries.size()));
      entries.forEach(file::bytes);
      int next = i + 1 < directories ? file.size() + 4 : 0;
      file.u32(choices.oneIn(8) ? first : choices.number(next));
    }
    FuzzedImages.prepare(file.toByteArray());
  }

  private static List<byte[]> entries(Choices choices, ByteOrder order, int blockLength) {
    List<byte[]> entries = new ArrayList<>();
    for (int[] tag : PLAIN) {
      int value = tag[0] == 259 ? choices.of(COMPRESSIONS) : choices.number(tag[1]);
      if (!choices.oneIn(16)) {
        entries.add(entry(order, tag[0], /* LONG */ 4, 1, value));
      }
    }
    int more = choices.upTo(6);
    for (int i = 0; i < more; i++) {
      int tag = choices.oneIn(8) ? choices.upTo(0xffff) : choices.of(TAGS);
      int type = 1 + choices.upTo(SIZES.length - 1);
      int count = choices.oneIn(2) ? choices.number(1) : Math.max(1, blockLength / SIZES[type - 1]);
      byte[] entry = entry(order, tag, choices.oneIn(16) ? choices.upTo(20) : type, count, 8);
      int times = Math.min(choices.times(), 600);
      for (int j = 0; j < times; j++) {
        entries.add(entry);
      }
    }
    return entries;
  }

  private static byte[] entry(ByteOrder order, int tag, int type, int count, int value) {
    return new ByteWriter(order).u16(tag).u16(type).u32(count).u32(value).toByteArray();
  }
}
