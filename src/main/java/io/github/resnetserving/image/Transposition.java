package io.github.resnetserving.image;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Turns rows of bytes into columns, 8 x 8 at a time, each row of eight in one long. */
final class Transposition {

  private static final int SIDE = Long.BYTES;
  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Transposition() {}

  /**
   * Copies {@code from[offset + r * stride + c] ^ flip} to {@code to[toOffset + c * toStride + r]}
   * for r below rows and c below columns.
   */
  static void transpose(
      byte[] from,
      int offset,
      int stride,
      int rows,
      int columns,
      byte flip,
      byte[] to,
      int toOffset,
      int toStride) {
    int evenRows = rows - rows % SIDE;
    int evenColumns = columns - columns % SIDE;
    long flips = (flip & 0xff) * 0x0101010101010101L;
    for (int r = 0; r < evenRows; r += SIDE) {
      for (int c = 0; c < evenColumns; c += SIDE) {
        block(
            from,
            offset + r * stride + c,
            stride,
            flips,
            to,
            toOffset + c * toStride + r,
            toStride);
      }
    }
    for (int r = 0; r < rows; r++) {
      for (int c = r < evenRows ? evenColumns : 0; c < columns; c++) {
        to[toOffset + c * toStride + r] = (byte) (from[offset + r * stride + c] ^ flip);
      }
    }
  }

  /** Swaps the off-diagonal quarters: of the whole, then of each quarter, then of each of those. */
  private static void block(
      byte[] from, int offset, int stride, long flips, byte[] to, int toOffset, int toStride) {
    long a = (long) EIGHT.get(from, offset) ^ flips;
    long b = (long) EIGHT.get(from, offset + stride) ^ flips;
    long c = (long) EIGHT.get(from, offset + 2 * stride) ^ flips;
    long d = (long) EIGHT.get(from, offset + 3 * stride) ^ flips;
    long e = (long) EIGHT.get(from, offset + 4 * stride) ^ flips;
    long f = (long) EIGHT.get(from, offset + 5 * stride) ^ flips;
    long g = (long) EIGHT.get(from, offset + 6 * stride) ^ flips;
    long h = (long) EIGHT.get(from, offset + 7 * stride) ^ flips;

    long ae = difference(a, e, 32, 0x00000000ffffffffL);
    long bf = difference(b, f, 32, 0x00000000ffffffffL);
    long cg = difference(c, g, 32, 0x00000000ffffffffL);
    long dh = difference(d, h, 32, 0x00000000ffffffffL);
    a ^= ae << 32;
    b ^= bf << 32;
    c ^= cg << 32;
    d ^= dh << 32;
    e ^= ae;
    f ^= bf;
    g ^= cg;
    h ^= dh;

    long ac = difference(a, c, 16, 0x0000ffff0000ffffL);
    long bd = difference(b, d, 16, 0x0000ffff0000ffffL);
    long eg = difference(e, g, 16, 0x0000ffff0000ffffL);
    long fh = difference(f, h, 16, 0x0000ffff0000ffffL);
    a ^= ac << 16;
    b ^= bd << 16;
    e ^= eg << 16;
    f ^= fh << 16;
    c ^= ac;
    d ^= bd;
    g ^= eg;
    h ^= fh;

    long ab = difference(a, b, 8, 0x00ff00ff00ff00ffL);
    long cd = difference(c, d, 8, 0x00ff00ff00ff00ffL);
    long ef = difference(e, f, 8, 0x00ff00ff00ff00ffL);
    long gh = difference(g, h, 8, 0x00ff00ff00ff00ffL);
    EIGHT.set(to, toOffset, a ^ (ab << 8));
    EIGHT.set(to, toOffset + toStride, b ^ ab);
    EIGHT.set(to, toOffset + 2 * toStride, c ^ (cd << 8));
    EIGHT.set(to, toOffset + 3 * toStride, d ^ cd);
    EIGHT.set(to, toOffset + 4 * toStride, e ^ (ef << 8));
    EIGHT.set(to, toOffset + 5 * toStride, f ^ ef);
    EIGHT.set(to, toOffset + 6 * toStride, g ^ (gh << 8));
    EIGHT.set(to, toOffset + 7 * toStride, h ^ gh);
  }

  private static long difference(long upper, long lower, int shift, long mask) {
    return ((upper >>> shift) ^ lower) & mask;
  }
}
