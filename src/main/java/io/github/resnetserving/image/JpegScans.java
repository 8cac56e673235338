package io.github.resnetserving.image;

import java.util.Arrays;

/**
 * Weighs a JPEG's scans before they are decoded (ITU-T T.81, annexes A, B and G): each has the
 * bytes that its blocks need at least, and all together are not too many. Not thread-safe: one for
 * each image.
 */
final class JpegScans {

  /**
   * How often all scans together may go over the image, counted in blocks of its largest component.
   * A usual progressive file of 4:4:4 has 10 scans, which are 14 passes; 30 scans fit in any case.
   * An empty pass takes libjpeg-turbo up to 2 ns for each pixel, and cannot be interrupted.
   */
  static final int MAX_PASSES = 40;

  private static final int SIDE = 8; // of a block, in samples
  private static final int COEFFICIENT_BYTES = SIDE * SIDE * Short.BYTES; // of a block

  private static final byte NOTHING = 127; // was sent of a coefficient

  private final boolean progressive;
  private final int[] ids; // (components,)
  private final long[] blocks; // (components,) in a scan of this component alone
  private final long[] padded; // (components,) in a scan of several, whose units are whole
  private final long most; // blocks of all scans
  private final byte[][] missing; // (components, 64) low bits not sent yet
  private int seen; // components that were in a scan, a bit each
  private long visited; // blocks of the scans so far
  private int count;
  private boolean open; // a scan whose data have not ended
  private long bitsNeeded; // by the scan that is open

  /**
   * @param marker the kind of frame: SOF0, 1 or 2
   * @param start of the frame header, which is whole
   */
  JpegScans(int marker, byte[] bytes, int start) throws ImageException.Unreadable {
    progressive = marker == 0xc2;
    int height = u16(bytes, start + 3);
    int width = u16(bytes, start + 5);
    int components = u8(bytes, start + 7);
    ids = new int[components];
    blocks = new long[components];
    padded = new long[components];
    missing = new byte[components][SIDE * SIDE];
    for (byte[] bits : missing) {
      Arrays.fill(bits, NOTHING);
    }
    int[] across = new int[components];
    int[] down = new int[components];
    int mostAcross = 1;
    int mostDown = 1;
    for (int c = 0; c < components; c++) {
      ids[c] = u8(bytes, start + 8 + 3 * c);
      across[c] = u8(bytes, start + 9 + 3 * c) >> 4;
      down[c] = u8(bytes, start + 9 + 3 * c) & 15;
      if (across[c] < 1 || across[c] > 4 || down[c] < 1 || down[c] > 4) {
        throw new ImageException.Unreadable("The JPEG image's frame header is corrupt.");
      }
      mostAcross = Math.max(mostAcross, across[c]);
      mostDown = Math.max(mostDown, down[c]);
    }
    long units = // interleaved; each has a block for each sampling factor
        (long) Math.ceilDiv(width, SIDE * mostAcross) * Math.ceilDiv(height, SIDE * mostDown);
    long largest = 0;
    for (int c = 0; c < components; c++) {
      long columns = Math.ceilDiv(Math.ceilDiv(width * across[c], mostAcross), SIDE);
      blocks[c] = columns * Math.ceilDiv(Math.ceilDiv(height * down[c], mostDown), SIDE);
      padded[c] = units * across[c] * down[c];
      largest = Math.max(largest, padded[c]);
    }
    this.most = largest * MAX_PASSES;
  }

  /**
   * Begins a scan.
   *
   * @param body of its header
   * @param length of that
   */
  void begin(byte[] bytes, int body, int length) throws ImageException {
    int components = length < 1 ? 0 : u8(bytes, body);
    if (components < 1 || components > 4 || length < 4 + 2 * components) {
      throw corrupt();
    }
    int selection = body + 1 + 2 * components;
    long of = 0;
    int used = 0; // components, a bit each: libjpeg tells those of one name apart by their order
    for (int i = 0; i < components; i++) {
      int c = component(u8(bytes, body + 1 + 2 * i), used);
      used |= 1 << c;
      if (!progressive || u8(bytes, selection) == 0) {
        seen |= 1 << c;
      }
      send(c, u8(bytes, selection), u8(bytes, selection + 1), u8(bytes, selection + 2) & 15);
      of += components == 1 ? blocks[c] : padded[c];
    }
    count++;
    visited += of;
    if (visited > most) {
      throw new ImageException.TooCostly(
          "The JPEG image's %d or more scans go over it more than %d times."
              .formatted(count, MAX_PASSES));
    }
    open = true;
    bitsNeeded = of * bitsOfBlock(u8(bytes, selection));
  }

  /**
   * The shortest Huffman codes have one bit. A block of a sequential scan has two codes at least,
   * one of a progressive scan for DC has one, and up to 32767 of one for AC share one.
   *
   * @param first coefficient of the scan
   */
  private int bitsOfBlock(int first) {
    if (progressive && first > 0) {
      return 0;
    }
    return progressive ? 1 : 2;
  }

  /** Notes that a scan has sent a band of coefficients but for so many of their low bits. */
  private void send(int component, int first, int last, int low) {
    for (int k = first; k <= Math.min(last, SIDE * SIDE - 1); k++) {
      missing[component][k] = (byte) low;
    }
  }

  private int component(int id, int used) throws ImageException.Unreadable {
    for (int c = 0; c < Math.min(ids.length, Integer.SIZE); c++) {
      if (ids[c] == id && (used >> c & 1) == 0) {
        return c;
      }
    }
    throw corrupt();
  }

  /**
   * Ends the scan that is open, if one is.
   *
   * @param dataBytes of it, at most
   */
  void endScan(long dataBytes) throws ImageException.Unreadable {
    if (open && dataBytes * Byte.SIZE < bitsNeeded) {
      throw new ImageException.Unreadable("The JPEG image's data end too early.");
    }
    open = false;
  }

  int count() {
    return count;
  }

  /** Whether each scan has all coefficients of its components. */
  boolean isSequential() {
    return !progressive;
  }

  /** Whether no further scan can be missing. */
  boolean isComplete() {
    return !progressive && count > 0 && hasAllComponents();
  }

  /** Whether a sequential scan or one for DC had each component. */
  boolean hasAllComponents() {
    return Integer.bitCount(seen) == ids.length;
  }

  /** Whether scans have sent all bits of all coefficients. */
  boolean isPrecise() {
    for (byte[] bits : missing) {
      for (byte of : bits) {
        if (progressive && of != 0) {
          return false;
        }
      }
    }
    return true;
  }

  /** Bytes of all coefficients, which are kept where not every component comes in one scan. */
  long coefficientBytes() {
    if (!progressive && count == 1) {
      return 0;
    }
    long all = 0;
    for (long of : padded) {
      all += of;
    }
    return all * COEFFICIENT_BYTES;
  }

  static ImageException.Unreadable corrupt() {
    return new ImageException.Unreadable("The JPEG image's scans are corrupt.");
  }

  private static int u8(byte[] bytes, int index) {
    return bytes[index] & 0xff;
  }

  private static int u16(byte[] bytes, int index) {
    return u8(bytes, index) << 8 | u8(bytes, index + 1);
  }
}
