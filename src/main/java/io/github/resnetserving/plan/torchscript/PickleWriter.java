package io.github.resnetserving.plan.torchscript;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The few opcodes of pickle protocol 2 (PEP 307) that a TorchScript archive needs. */
final class PickleWriter {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  PickleWriter() {
    op(0x80).op(2);
  }

  private PickleWriter op(int code) {
    out.write(code);
    return this;
  }

  private PickleWriter ascii(String text) {
    out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  private PickleWriter int32(int value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    return this;
  }

  PickleWriter global(String module, String name) {
    return op('c').ascii(module + "\n" + name + "\n");
  }

  PickleWriter mark() {
    return op('(');
  }

  /** Closes what {@link #mark} opened. */
  PickleWriter tuple() {
    return op('t');
  }

  PickleWriter emptyTuple() {
    return op(')');
  }

  PickleWriter emptyDict() {
    return op('}');
  }

  /** Puts the pairs since {@link #mark} into the dictionary below it. */
  PickleWriter setItems() {
    return op('u');
  }

  PickleWriter newObject() {
    return op(0x81);
  }

  PickleWriter build() {
    return op('b');
  }

  PickleWriter reduce() {
    return op('R');
  }

  PickleWriter persistentId() {
    return op('Q');
  }

  PickleWriter bool(boolean value) {
    return op(value ? 0x88 : 0x89);
  }

  PickleWriter integer(int value) {
    return op('J').int32(value);
  }

  PickleWriter text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    op('X').int32(utf8.length);
    out.writeBytes(utf8);
    return this;
  }

  PickleWriter integers(List<Integer> values) {
    mark();
    values.forEach(this::integer);
    return tuple();
  }

  byte[] stop() {
    op('.');
    return out.toByteArray();
  }
}
