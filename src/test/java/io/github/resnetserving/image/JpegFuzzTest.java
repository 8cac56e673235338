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

class JpegFuzzTest {

  private static final int SCAN = 0xda;

  private static final List<List<byte[]>> FILES =
      FuzzedImages.seeds(".jpg").stream().map(JpegFuzzTest::segmentsOf).toList();
  private static final List<byte[]> SEGMENTS = FILES.stream().flatMap(List::stream).toList();

  static List<byte[]> images() {
    return FuzzedImages.seeds(".jpg");
  }

  @MethodSource("images")
  @FuzzTest
  void file(byte[] encoded) {
    FuzzedImages.prepare(encoded);
  }

  @MethodSource("images")
  @FuzzTest
  void fileWithoutLibjpeg(byte[] encoded) {
    FuzzedImages.preparePortably(encoded);
  }

  /** Segments in any number and order, with lengths that are right, and scans. */
  @FuzzTest
  void segments(FuzzedDataProvider data) {
    Choices choices = new Choices(data);
    ByteWriter file = new ByteWriter(ByteOrder.BIG_ENDIAN).u16(0xffd8);
    for (byte[] segment : choices.rearranged(choices.of(FILES), SEGMENTS)) {
      if (segment.length == 0) {
        continue;
      }
      file.u8(0xff).u8(segment[0]);
      if ((segment[0] & 0xff) != SCAN) { // which has its length and is followed by codes
        file.u16(choices.oneIn(32) ? choices.number(segment.length) : segment.length + 1);
      }
      file.bytes(Arrays.copyOfRange(segment, 1, segment.length));
    }
    FuzzedImages.prepare(file.u16(0xffd9).toByteArray());
  }

  /** The marker's code and the content of each segment; of a scan with length and codes. */
  private static List<byte[]> segmentsOf(byte[] jpeg) {
    List<byte[]> segments = new ArrayList<>();
    ByteBuffer in = ByteBuffer.wrap(jpeg);
    int at = 2;
    while ((jpeg[at + 1] & 0xff) != 0xd9) {
      int end = at + 2 + (in.getShort(at + 2) & 0xffff);
      boolean scan = (jpeg[at + 1] & 0xff) == SCAN;
      if (scan) {
        while (jpeg[end] != -1 || jpeg[end + 1] == 0 || (jpeg[end + 1] & 0xf8) == 0xd0) {
          end++;
        }
      }
      byte[] segment = Arrays.copyOfRange(jpeg, scan ? at + 1 : at + 3, end);
      segment[0] = jpeg[at + 1];
      segments.add(segment);
      at = end;
    }
    return segments;
  }
}
