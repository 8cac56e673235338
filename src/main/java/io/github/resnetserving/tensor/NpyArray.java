package io.github.resnetserving.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A NumPy array of two dimensions in float32 or float64, little-endian and row-major, in memory.
 * Immutable.
 *
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy
 *     format</a>
 */
public final class NpyArray {

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern SHAPE =
      Pattern.compile("'shape'\\s*:\\s*\\(\\s*(\\d{1,9})\\s*,\\s*(\\d{1,9})\\s*,?\\s*\\)");
  private static final Pattern TYPE = Pattern.compile("'descr'\\s*:\\s*'<(f4|f8)'");

  private final ByteBuffer data;
  private final boolean isDouble;
  private final int rows;
  private final int width;

  private NpyArray(ByteBuffer data, boolean isDouble, int rows, int width) {
    this.data = data;
    this.isDouble = isDouble;
    this.rows = rows;
    this.width = width;
  }

  /**
   * Reads the header of a file.
   *
   * @param file not copied
   * @throws IllegalArgumentException if it is no such array; the message says what it must be
   */
  public static NpyArray parse(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    for (byte expected : MAGIC) {
      if (!in.hasRemaining() || in.get() != expected) {
        throw new IllegalArgumentException("it is no file that numpy.save wrote");
      }
    }
    int lengthBytes = file.length > 12 && file[6] == 1 ? Short.BYTES : Integer.BYTES;
    if (file.length < 8 + lengthBytes) {
      throw new IllegalArgumentException("it is cut off");
    }
    in.position(8);
    long length = lengthBytes == Short.BYTES ? in.getShort() & 0xffff : in.getInt() & 0xffffffffL;
    if (length > in.remaining()) {
      throw new IllegalArgumentException("it is cut off");
    }
    String header = new String(file, in.position(), (int) length, StandardCharsets.ISO_8859_1);
    Matcher shape = SHAPE.matcher(header);
    Matcher type = TYPE.matcher(header);
    if (!shape.find() || !type.find() || !header.matches("(?s).*'fortran_order'\\s*:\\s*False.*")) {
      throw new IllegalArgumentException(
          "it must be an array of two dimensions in float32 or float64, row by row");
    }
    boolean isDouble = type.group(1).equals("f8");
    int rows = Integer.parseInt(shape.group(1));
    int width = Integer.parseInt(shape.group(2));
    ByteBuffer data =
        in.slice(in.position() + (int) length, in.remaining() - (int) length)
            .order(ByteOrder.LITTLE_ENDIAN);
    long bytes = (long) rows * width * (isDouble ? Double.BYTES : Float.BYTES);
    if (width == 0 || bytes != data.remaining()) {
      throw new IllegalArgumentException(
          "its shape %d x %d takes %d bytes and %d are there"
              .formatted(rows, width, bytes, data.remaining()));
    }
    return new NpyArray(data, isDouble, rows, width);
  }

  /** How many rows there are. */
  public int rows() {
    return rows;
  }

  /** How many numbers a row has. */
  public int width() {
    return width;
  }

  /** Copies a row out, each number as the nearest float. */
  public float[] row(int index) {
    float[] row = new float[width];
    for (int j = 0; j < width; j++) {
      int at = index * width + j;
      row[j] =
          isDouble ? (float) data.getDouble(at * Double.BYTES) : data.getFloat(at * Float.BYTES);
    }
    return row;
  }
}
