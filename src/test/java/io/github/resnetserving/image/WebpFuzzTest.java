package io.github.resnetserving.image;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.resnetserving.fuzz.ByteWriter;
import io.github.resnetserving.fuzz.Choices;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.provider.MethodSource;

class WebpFuzzTest {

  private static final List<List<byte[]>> FILES =
      FuzzedImages.seeds(".webp").stream().map(WebpFuzzTest::chunksOf).toList();
  private static final List<byte[]> CHUNKS = FILES.stream().flatMap(List::stream).toList();

  static List<byte[]> images() {
    return FuzzedImages.seeds(".webp");
  }

  @MethodSource("images")
  @FuzzTest
  void file(byte[] encoded) {
    FuzzedImages.prepare(encoded);
  }

  @MethodSource("images")
  @FuzzTest
  void fileWithoutLibwebp(byte[] encoded) {
    FuzzedImages.prepareWebpPortably(encoded);
  }

  /** Chunks in any number and order, with lengths that are right. */
  @FuzzTest
  void chunks(FuzzedDataProvider data) {
    FuzzedImages.prepare(arranged(new Choices(data)));
  }

  @FuzzTest
  void chunksWithoutLibwebp(FuzzedDataProvider data) {
    FuzzedImages.prepareWebpPortably(arranged(new Choices(data)));
  }

  private static byte[] arranged(Choices choices) {
    ByteWriter chunks = new ByteWriter(ByteOrder.LITTLE_ENDIAN).text("WEBP");
    for (byte[] chunk : choices.rearranged(choices.of(FILES), CHUNKS)) {
      byte[] type = Arrays.copyOf(chunk, 4);
      int length = Math.max(0, chunk.length - 4);
      chunks.bytes(type).u32(choices.oneIn(32) ? choices.number(length) : length);
      chunks.bytes(Arrays.copyOfRange(chunk, chunk.length - length, chunk.length));
      if (length % 2 == 1) {
        chunks.u8(0);
      }
    }
    return new ByteWriter(ByteOrder.LITTLE_ENDIAN)
        .text("RIFF")
        .u32(choices.oneIn(32) ? choices.number(chunks.size()) : chunks.size())
        .bytes(chunks.toByteArray())
        .toByteArray();
  }

  /** Type and content of each chunk. */
  private static List<byte[]> chunksOf(byte[] webp) {
    List<byte[]> chunks = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(webp).order(ByteOrder.LITTLE_ENDIAN);
    int at = 12;
    while (at < webp.length) {
      int length = in.getInt(at + 4);
      chunks.add(
          new ByteWriter(ByteOrder.LITTLE_ENDIAN)
              .bytes(Arrays.copyOfRange(webp, at, at + 4))
              .bytes(Arrays.copyOfRange(webp, at + 8, at + 8 + length))
              .toByteArray());
      at += 8 + length + length % 2;
    }
    return chunks;
  }
}
