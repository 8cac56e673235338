package io.github.resnetserving.cli.output;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes structures in Thrift's compact protocol, as far as Parquet's metadata need it. Fields come
 * in ascending order. Not thread-safe.
 *
 * @see <a href="https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md">
 *     Thrift compact protocol</a>
 */
final class CompactThrift {

  private static final int I32 = 5;
  private static final int I64 = 6;
  private static final int BINARY = 8;
  private static final int LIST = 9;
  private static final int STRUCT = 12;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Deque<Integer> outer = new ArrayDeque<>();
  private int last; // field of the structure that is being written

  CompactThrift i32(int field, int value) {
    header(field, I32);
    return varint(zigzag(value));
  }

  CompactThrift i64(int field, long value) {
    header(field, I64);
    return varint(zigzag(value));
  }

  CompactThrift text(int field, String value) {
    header(field, BINARY);
    return element(value);
  }

  CompactThrift i32s(int field, int... values) {
    list(field, I32, values.length);
    for (int value : values) {
      varint(zigzag(value));
    }
    return this;
  }

  CompactThrift texts(int field, String... values) {
    list(field, BINARY, values.length);
    for (String value : values) {
      element(value);
    }
    return this;
  }

  /** Announces so many structures, each of which {@link #begin} and {@link #end} enclose. */
  CompactThrift structs(int field, int count) {
    list(field, STRUCT, count);
    return this;
  }

  /** A structure in a field. */
  CompactThrift begin(int field) {
    header(field, STRUCT);
    return begin();
  }

  /** A structure in a list. */
  CompactThrift begin() {
    outer.push(last);
    last = 0;
    return this;
  }

  CompactThrift end() {
    out.write(0);
    last = outer.pop();
    return this;
  }

  /** Ends the outermost structure. */
  byte[] bytes() {
    out.write(0);
    return out.toByteArray();
  }

  private void header(int field, int type) {
    out.write(((field - last) << 4) | type); // Parquet's fields are never 15 apart
    last = field;
  }

  private void list(int field, int type, int count) {
    header(field, LIST);
    if (count < 15) {
      out.write((count << 4) | type);
    } else {
      out.write(0xf0 | type);
      varint(count);
    }
  }

  private CompactThrift element(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    varint(bytes.length);
    out.writeBytes(bytes);
    return this;
  }

  private CompactThrift varint(long value) {
    writeVarint(value, out);
    return this;
  }

  static void writeVarint(long value, ByteArrayOutputStream out) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  private static long zigzag(long value) {
    return (value << 1) ^ (value >> 63);
  }
}
