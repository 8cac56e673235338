package io.github.resnetserving.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/** The beginning of a lossless WebP's data (RFC 9649, section 3). */
final class Vp8l {

  private static final int VP8L = 0x4c385056;
  private static final int HEADER = 12; // of the file
  private static final int COLOR_INDEXING = 3;
  private static final int MIN_CHUNK = 8 + 9; // its header, the image's and the first transform
  private static final int FILL = 64;

  private Vp8l() {}

  /**
   * Whether an image has transparency and a table of colours that is not full. Encoders leave the
   * transparent colour out of such a table and write an index behind its end, which TwelveMonkeys'
   * reader (3.15 and before) takes for the last colour.
   *
   * @param still a WebP file without animation, whose chunks have been checked
   */
  static boolean hasOpenTable(byte[] still) {
    int at = find(still);
    if (at < 0) {
      return false;
    }
    ByteBuffer in = ByteBuffer.wrap(still).order(ByteOrder.LITTLE_ENDIAN);
    boolean alpha = (in.getInt(at + 9) >> 28 & 1) == 1;
    int bits = in.getInt(at + 13); // of the first transform
    boolean table = (bits & 1) == 1 && (bits >> 1 & 3) == COLOR_INDEXING;
    int size = (bits >> 3 & 0xff) + 1;
    boolean full = size == 2 || size == 4 || size == 16 || size == 256;
    return alpha && table && !full;
  }

  /**
   * The file with some more bytes behind the data, which a decoder reads only where it lacks some:
   * TwelveMonkeys' reader takes zeros for those and does not say so. Nothing if the file is not
   * lossless.
   */
  static Optional<byte[]> filled(byte[] still) {
    int at = find(still);
    if (at < 0) {
      return Optional.empty();
    }
    int length = ByteBuffer.wrap(still).order(ByteOrder.LITTLE_ENDIAN).getInt(at + 4);
    byte[] filled = Arrays.copyOf(still, at + 8 + length + FILL);
    for (int i = 0; i < FILL; i++) {
      filled[at + 8 + length + i] = (byte) (0xb5 ^ 37 * i);
    }
    ByteBuffer fields = ByteBuffer.wrap(filled).order(ByteOrder.LITTLE_ENDIAN);
    fields.putInt(4, filled.length - 8).putInt(at + 4, length + FILL);
    return Optional.of(filled);
  }

  /** Offset of the chunk; -1 if there is none. */
  private static int find(byte[] still) {
    ByteBuffer in = ByteBuffer.wrap(still).order(ByteOrder.LITTLE_ENDIAN);
    int at = HEADER;
    while (at <= still.length - MIN_CHUNK) {
      if (in.getInt(at) == VP8L) {
        return at;
      }
      int length = in.getInt(at + 4);
      at += 8 + length + (length & 1);
    }
    return -1;
  }

  /** Bits of lossless WebP data, lowest first (RFC 9649, section 3). Not thread-safe. */
  static final class Bits {

    private final byte[] bytes;
    private final long end; // bits
    private long at;

    Bits(byte[] bytes, int from, int length) {
      this.bytes = bytes;
      this.at = (long) from * Byte.SIZE;
      this.end = ((long) from + length) * Byte.SIZE;
    }

    /** Reads a number of up to 31 bits. */
    int bits(int count) throws ImageException.Unreadable {
      if (at + count > end) {
        throw WebpDecoder.corrupt();
      }
      int value = 0;
      for (int i = 0; i < count; i++) {
        value |= ((bytes[(int) (at / Byte.SIZE)] >> (at % Byte.SIZE)) & 1) << i;
        at++;
      }
      return value;
    }
  }
}
