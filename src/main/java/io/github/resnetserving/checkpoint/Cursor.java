package io.github.resnetserving.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.Charset;

/**
 * Reads little-endian values from front to back; going past the end is the finding that the file is
 * truncated. For use by one thread.
 */
public final class Cursor {

  // Nothing in a file promises any alignment.
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment bytes;
  private final String what;
  private long position;

  /**
   * @param what the thing being read, for the message when it ends too early
   */
  public Cursor(MemorySegment bytes, String what) {
    this.bytes = bytes;
    this.what = what;
  }

  public long position() {
    return position;
  }

  public int u8() throws WeightsException {
    return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, advance(1)));
  }

  public int u16() throws WeightsException {
    return Short.toUnsignedInt(bytes.get(SHORT, advance(2)));
  }

  public int i32() throws WeightsException {
    return bytes.get(INT, advance(4));
  }

  public long u32() throws WeightsException {
    return Integer.toUnsignedLong(i32());
  }

  public long i64() throws WeightsException {
    return bytes.get(LONG, advance(8));
  }

  public String text(long length, Charset charset) throws WeightsException {
    return new String(array(length), charset);
  }

  public byte[] array(long length) throws WeightsException {
    return slice(length).toArray(ValueLayout.JAVA_BYTE);
  }

  public MemorySegment slice(long length) throws WeightsException {
    return bytes.asSlice(advance(length), length);
  }

  public void skip(long length) throws WeightsException {
    advance(length);
  }

  /** Text up to a line feed, which is consumed and not returned. */
  String line(int maxLength, Charset charset) throws WeightsException {
    long start = position;
    while (u8() != '\n') {
      if (position - start > maxLength) {
        throw new WeightsException(
            "%s has a line of more than %d bytes: the file is damaged".formatted(what, maxLength));
      }
    }
    return new String(
        bytes.asSlice(start, position - 1 - start).toArray(ValueLayout.JAVA_BYTE), charset);
  }

  private long advance(long length) throws WeightsException {
    long start = position;
    if (length < 0) {
      throw new WeightsException(
          "%s has a negative length at byte %d: the file is damaged".formatted(what, start));
    }
    if (length > bytes.byteSize() - start) {
      throw new WeightsException(
          "%s is truncated: at byte %d, %d more should follow, but %d do; fetch the file again"
              .formatted(what, start, length, bytes.byteSize() - start));
    }
    position = start + length;
    return start;
  }
}
