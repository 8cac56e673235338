package io.github.resnetserving.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes numbers and text to bytes, in one order. Not thread-safe. */
public final class ByteWriter {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteOrder order;

  public ByteWriter(ByteOrder order) {
    this.order = order;
  }

  public ByteWriter u8(int value) {
    out.write(value);
    return this;
  }

  public ByteWriter u16(int value) {
    return number(value, 2);
  }

  public ByteWriter u32(int value) {
    return number(value, 4);
  }

  private ByteWriter number(int value, int size) {
    for (int i = 0; i < size; i++) {
      out.write(value >> (8 * (order == ByteOrder.LITTLE_ENDIAN ? i : size - 1 - i)));
    }
    return this;
  }

  public ByteWriter bytes(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /** Writes one byte for each character. */
  public ByteWriter text(String text) {
    return bytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  public int size() {
    return out.size();
  }

  public byte[] toByteArray() {
    return out.toByteArray();
  }
}
