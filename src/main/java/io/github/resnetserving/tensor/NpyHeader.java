package io.github.resnetserving.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The header of a NumPy array of floats, format version 1.0: little-endian, row-major.
 *
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy
 *     format</a>
 */
public final class NpyHeader {

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

  /** The array begins at a multiple of this. */
  private static final int ALIGNMENT = 64;

  private NpyHeader() {}

  /**
   * Makes a header.
   *
   * @param half float16 instead of float32
   * @param shape at least two dimensions
   * @param least how many bytes it has at least, so that it can be written anew when rows are added
   */
  public static byte[] of(boolean half, List<? extends Number> shape, int least) {
    String text =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }"
            .formatted(
                half ? "<f2" : "<f4",
                shape.stream().map(String::valueOf).collect(Collectors.joining(", ")));
    int bare = MAGIC.length + Short.BYTES + text.length() + 1; // a line end
    int length = Math.max(least, Math.ceilDiv(bare, ALIGNMENT) * ALIGNMENT);
    return ByteBuffer.allocate(length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .putShort((short) (length - MAGIC.length - Short.BYTES))
        .put((text + " ".repeat(length - bare) + "\n").getBytes(StandardCharsets.US_ASCII))
        .array();
  }
}
