package io.github.resnetserving.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.github.resnetserving.fuzz.ByteWriter;
import io.github.resnetserving.fuzz.Choices;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.params.provider.MethodSource;

class PngFuzzTest {

  private static final int SIGNATURE = 8;
  private static final byte[] DATA = "IDAT".getBytes(ISO_8859_1);

  private static final List<List<byte[]>> FILES =
      FuzzedImages.seeds(".png").stream().map(PngFuzzTest::chunksOf).toList();
  private static final List<byte[]> CHUNKS = FILES.stream().flatMap(List::stream).toList();

  static List<byte[]> images() {
    return FuzzedImages.seeds(".png");
  }

  @MethodSource("images")
  @FuzzTest
  void file(byte[] encoded) {
    FuzzedImages.prepare(encoded);
  }

  /**
   * Chunks in any number and order, with checksums that are right: rows are changed before they are
   * compressed.
   */
  @FuzzTest
  void chunks(FuzzedDataProvider data) {
    Choices choices = new Choices(data);
    List<byte[]> chunks = choices.rearranged(choices.of(FILES), CHUNKS);
    ByteWriter file =
        new ByteWriter(ByteOrder.BIG_ENDIAN).u8(0x89).text("PNG\r\n").u8(0x1a).u8('\n');
    for (byte[] chunk : chunks) {
      byte[] checked = isData(chunk) && !choices.oneIn(16) ? deflated(chunk) : chunk;
      CRC32 crc = new CRC32();
      crc.update(checked);
      file.u32(choices.oneIn(32) ? choices.number(checked.length) : checked.length - 4);
      file.bytes(checked).u32((int) crc.getValue());
    }
    FuzzedImages.prepare(file.toByteArray());
  }

  private static boolean isData(byte[] chunk) {
    return chunk.length >= 4 && Arrays.equals(chunk, 0, 4, DATA, 0, 4);
  }

  /** Type and content of each chunk; the rows in one, inflated. */
  private static List<byte[]> chunksOf(byte[] png) {
    List<byte[]> chunks = new ArrayList<>();
    ByteWriter rows = new ByteWriter(ByteOrder.BIG_ENDIAN);
    ByteBuffer in = ByteBuffer.wrap(png);
    for (int at = SIGNATURE; at < png.length; at += 12 + in.getInt(at)) {
      byte[] chunk = Arrays.copyOfRange(png, at + 4, at + 8 + in.getInt(at));
      if (isData(chunk)) {
        rows.bytes(Arrays.copyOfRange(chunk, 4, chunk.length));
      } else {
        chunks.add(chunk);
      }
    }
    chunks.add(
        chunks.size() - 1,
        new ByteWriter(ByteOrder.BIG_ENDIAN)
            .bytes(DATA)
            .bytes(inflated(rows.toByteArray()))
            .toByteArray());
    return chunks;
  }

  private static byte[] inflated(byte[] compressed) {
    Inflater inflater = new Inflater();
    inflater.setInput(compressed);
    byte[] rows = new byte[1 << 16];
    try {
      return Arrays.copyOf(rows, inflater.inflate(rows));
    } catch (DataFormatException e) {
      throw new IllegalStateException(e);
    } finally {
      inflater.end();
    }
  }

  private static byte[] deflated(byte[] chunk) {
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    deflater.setInput(chunk, 4, chunk.length - 4);
    deflater.finish();
    byte[] compressed = new byte[chunk.length + 64];
    int length = deflater.deflate(compressed);
    deflater.end();
    return new ByteWriter(ByteOrder.BIG_ENDIAN)
        .bytes(DATA)
        .bytes(Arrays.copyOf(compressed, length))
        .toByteArray();
  }
}
