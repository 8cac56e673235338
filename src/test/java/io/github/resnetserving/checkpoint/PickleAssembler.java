package io.github.resnetserving.checkpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes a pickle opcode by opcode. */
public final class PickleAssembler {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  public PickleAssembler() {
    raw(0x80, 2);
  }

  public PickleAssembler raw(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
    return this;
  }

  /** Opcodes that are printable characters, and their arguments. */
  public PickleAssembler raw(String characters) {
    out.writeBytes(characters.getBytes(ISO_8859_1));
    return this;
  }

  public PickleAssembler text(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    raw('X').int32(bytes.length);
    out.writeBytes(bytes);
    return this;
  }

  public PickleAssembler whole(long number) {
    raw(0x8a, 8);
    out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array());
    return this;
  }

  public PickleAssembler global(String module, String name) {
    return raw("c" + module + "\n" + name + "\n");
  }

  public PickleAssembler tuple(long... numbers) {
    raw('(');
    for (long number : numbers) {
      whole(number);
    }
    return raw('t');
  }

  /** A mention of a storage, as in a zip archive. */
  public PickleAssembler storage(String type, String key, long count) {
    return raw('(')
        .text("storage")
        .global("torch", type)
        .text(key)
        .text("cpu")
        .whole(count)
        .raw("tQ");
  }

  /** Opens a tensor; a storage, an offset, sizes and strides must follow. */
  public PickleAssembler rebuild() {
    return global("torch._utils", "_rebuild_tensor_v2").raw('(');
  }

  public PickleAssembler rebuilt() {
    return raw(0x89).global("collections", "OrderedDict").raw(")RtR");
  }

  public PickleAssembler tensor(
      String type, String key, long count, long offset, long[] shape, long[] strides) {
    return rebuild().storage(type, key, count).whole(offset).tuple(shape).tuple(strides).rebuilt();
  }

  /** A vector that is a whole storage. */
  public PickleAssembler vector(String type, String key, long count) {
    return tensor(type, key, count, 0, new long[] {count}, new long[] {1});
  }

  private PickleAssembler int32(int value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    return this;
  }

  public byte[] stop() {
    raw('.');
    return out.toByteArray();
  }
}
