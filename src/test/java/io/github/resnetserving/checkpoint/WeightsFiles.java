package io.github.resnetserving.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.resnetserving.checkpoint.Checkpoint.Contents;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Builds small weights files by hand. */
public final class WeightsFiles {

  /** An entry of a zip archive as it lies there, whatever the method says. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record ZipEntry(String name, byte[] data, int method, int flags) {
    public ZipEntry(String name, byte[] data) {
      this(name, data, 0, 0);
    }
  }

  private WeightsFiles() {}

  static Contents read(byte[] file) throws WeightsException {
    return Checkpoint.read(MemorySegment.ofArray(file));
  }

  public static byte[] floats(float... values) {
    byte[] bytes = new byte[values.length * Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return bytes;
  }

  static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  static byte[] join(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  public static byte[] safetensors(String header, byte[] data) {
    byte[] json = header.getBytes(UTF_8);
    return join(little(8).putLong(json.length).array(), json, data);
  }

  /** As torch.save writes it: storages "0", "1", … */
  public static byte[] torchZip(byte[] pickle, byte[]... storages) {
    List<ZipEntry> entries = new ArrayList<>();
    entries.add(new ZipEntry("archive/data.pkl", pickle));
    entries.add(new ZipEntry("archive/byteorder", "little".getBytes(UTF_8)));
    for (int i = 0; i < storages.length; i++) {
      entries.add(new ZipEntry("archive/data/" + i, storages[i]));
    }
    entries.add(new ZipEntry("archive/version", "3\n".getBytes(UTF_8)));
    return zip(entries, /* zip64= */ false);
  }

  /** As torch.save wrote it before torch 1.6: storages "0", "1", … of 4-byte elements. */
  public static byte[] torchLegacy(byte[] pickle, byte[]... storages) {
    var keys = new PickleAssembler().raw("](");
    var out = new ByteArrayOutputStream();
    for (int i = 0; i < storages.length; i++) {
      keys.text(Integer.toString(i));
      out.writeBytes(little(8).putLong(storages[i].length / 4).array());
      out.writeBytes(storages[i]);
    }
    return join(legacyStart(0x88), pickle, keys.raw('e').stop(), out.toByteArray());
  }

  /**
   * @param littleEndian the opcode of the machine's byte order: NEWTRUE or NEWFALSE
   */
  static byte[] legacyStart(int littleEndian) {
    return join(
        new PickleAssembler()
            .raw(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19)
            .stop(),
        new PickleAssembler().raw('M', 0xe9, 0x03).stop(),
        new PickleAssembler().raw('}').text("little_endian").raw(littleEndian, 's').stop());
  }

  public static byte[] zip(List<ZipEntry> entries, boolean zip64) {
    var out = new ByteArrayOutputStream();
    var directory = new ByteArrayOutputStream();
    for (ZipEntry entry : entries) {
      byte[] name = entry.name().getBytes(UTF_8);
      int size = entry.data().length;
      int offset = out.size();
      out.writeBytes(
          little(30)
              .putInt(0x04034b50)
              .putShort((short) 20)
              .putShort((short) entry.flags())
              .putShort((short) entry.method())
              .putLong(0)
              .putInt(size)
              .putInt(size)
              .putShort((short) name.length)
              .putShort((short) 0)
              .array());
      out.writeBytes(name);
      out.writeBytes(entry.data());
      directory.writeBytes(
          little(46)
              .putInt(0x02014b50)
              .putInt(20 << 16 | 20)
              .putShort((short) entry.flags())
              .putShort((short) entry.method())
              .putLong(0)
              .putInt(zip64 ? -1 : size)
              .putInt(zip64 ? -1 : size)
              .putShort((short) name.length)
              .putShort((short) (zip64 ? 32 : 0))
              .putShort((short) 0)
              .putLong(0)
              .putInt(zip64 ? -1 : offset)
              .array());
      directory.writeBytes(name);
      if (zip64) {
        directory.writeBytes(
            little(32)
                .putShort((short) 0x5455)
                .putShort((short) 0)
                .putShort((short) 1)
                .putShort((short) 24)
                .putLong(size)
                .putLong(size)
                .putLong(offset)
                .array());
      }
    }
    int start = out.size();
    out.writeBytes(directory.toByteArray());
    if (zip64) {
      int end64 = out.size();
      out.writeBytes(
          little(56)
              .putInt(0x06064b50)
              .putLong(44)
              .putInt(20 << 16 | 20)
              .putLong(0)
              .putLong(entries.size())
              .putLong(entries.size())
              .putLong(directory.size())
              .putLong(start)
              .array());
      out.writeBytes(little(20).putInt(0x07064b50).putInt(0).putLong(end64).putInt(1).array());
    }
    out.writeBytes(
        little(22)
            .putInt(0x06054b50)
            .putInt(0)
            .putShort((short) (zip64 ? -1 : entries.size()))
            .putShort((short) (zip64 ? -1 : entries.size()))
            .putInt(zip64 ? -1 : directory.size())
            .putInt(zip64 ? -1 : start)
            .putShort((short) 0)
            .array());
    return out.toByteArray();
  }
}
