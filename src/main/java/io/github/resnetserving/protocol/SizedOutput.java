package io.github.resnetserving.protocol;

import java.io.OutputStream;
import java.util.Arrays;

/** Collects bytes in an array whose size is known nearly exactly before. Used by one thread. */
final class SizedOutput extends OutputStream {

  private byte[] bytes;
  private int length;

  /**
   * @param size bytes that are expected
   */
  SizedOutput(int size) {
    this.bytes = new byte[size];
  }

  @Override
  public void write(int value) {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] from, int offset, int count) {
    if (count > bytes.length - length) {
      bytes = Arrays.copyOf(bytes, length + count);
    }
    System.arraycopy(from, offset, bytes, length, count);
    length += count;
  }

  /** What was written; the array itself, if it is full. */
  byte[] bytes() {
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }
}
