package io.github.resnetserving.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Metadata as programs write them, put into images that have none. */
final class Metadata {

  private Metadata() {}

  /** EXIF with one tag, in the given order of bytes. */
  static byte[] exif(ByteOrder order, int tag, int type, int count, byte[] values) {
    boolean apart = values.length > 4;
    ByteBuffer tiff = ByteBuffer.allocate(26 + (apart ? values.length : 0)).order(order);
    tiff.put(order == ByteOrder.BIG_ENDIAN ? ascii("MM") : ascii("II"));
    tiff.putShort((short) 42).putInt(8).putShort((short) 1);
    tiff.putShort((short) tag).putShort((short) type).putInt(count);
    if (apart) {
      tiff.putInt(26).putInt(0).put(values);
    } else {
      tiff.put(Arrays.copyOf(values, 4)).putInt(0);
    }
    return tiff.array();
  }

  /** EXIF as most cameras write it. */
  static byte[] exif(int orientation) {
    ByteOrder order = ByteOrder.BIG_ENDIAN;
    byte[] value = ByteBuffer.allocate(2).order(order).putShort((short) orientation).array();
    return exif(order, 0x112, 3, 1, value);
  }

  static byte[] prefixed(byte[] exif) {
    return joined(ascii("Exif\0\0"), exif);
  }

  static byte[] xmp(int orientation) {
    return ascii(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:Description tiff:Orientation=\"%d\"/></x:xmpmeta>"
            .formatted(orientation));
  }

  static byte[] xmpElement(int orientation) {
    return ascii(
        "<rdf:Description><tiff:Orientation>%d</tiff:Orientation></rdf:Description>"
            .formatted(orientation));
  }

  /** A profile as ImageMagick writes it into a text: hexadecimal, in lines of 72 digits. */
  static byte[] raw(byte[] profile) {
    String hex = HexFormat.of().formatHex(profile).replaceAll(".{72}", "$0\n");
    return ascii("\nexif\n%8d\n%s\n".formatted(profile.length, hex));
  }

  /** A JPEG with segments behind its first marker. */
  static byte[] jpeg(byte[] jpeg, byte[]... contents) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, 2);
    for (byte[] content : contents) {
      out.writeBytes(new byte[] {(byte) 0xff, (byte) 0xe1});
      out.write((content.length + 2) >> 8);
      out.write(content.length + 2);
      out.writeBytes(content);
    }
    out.write(jpeg, 2, jpeg.length - 2);
    return out.toByteArray();
  }

  static byte[] jpegXmp(byte[] xmp) {
    return joined(ascii("http://ns.adobe.com/xap/1.0/\0"), xmp);
  }

  /** A PNG with chunks behind its header, or in front of its end. */
  static byte[] png(byte[] png, boolean last, byte[]... chunks) {
    int at = last ? png.length - 12 : 33;
    return joined(Arrays.copyOf(png, at), joined(chunks), Arrays.copyOfRange(png, at, png.length));
  }

  static byte[] chunk(String type, byte[]... parts) {
    byte[] content = joined(parts);
    ByteBuffer chunk = ByteBuffer.allocate(12 + content.length);
    chunk.putInt(content.length).put(ascii(type)).put(content);
    CRC32 crc = new CRC32();
    crc.update(chunk.array(), 4, 4 + content.length);
    return chunk.putInt((int) crc.getValue()).array();
  }

  static byte[] deflated(byte[] bytes) {
    Deflater deflater = new Deflater();
    deflater.setInput(bytes);
    deflater.finish();
    byte[] out = new byte[bytes.length + 100];
    int length = deflater.deflate(out);
    deflater.end();
    return Arrays.copyOf(out, length);
  }

  /** A WebP of one image chunk, in the extended form with these flags and chunks behind. */
  static byte[] webp(byte[] webp, int width, int height, int flags, byte[]... chunks) {
    ByteBuffer header = ByteBuffer.allocate(18).order(ByteOrder.LITTLE_ENDIAN);
    header.put(ascii("VP8X")).putInt(10).putInt(flags);
    header.put((byte) (width - 1)).putShort((short) 0);
    header.put((byte) (height - 1)).putShort((short) 0);
    byte[] body = joined(header.array(), Arrays.copyOfRange(webp, 12, webp.length), joined(chunks));
    ByteBuffer riff = ByteBuffer.allocate(12 + body.length).order(ByteOrder.LITTLE_ENDIAN);
    return riff.put(ascii("RIFF")).putInt(4 + body.length).put(ascii("WEBP")).put(body).array();
  }

  static byte[] riff(String type, byte[] content) {
    ByteBuffer chunk =
        ByteBuffer.allocate(8 + content.length + (content.length & 1))
            .order(ByteOrder.LITTLE_ENDIAN);
    return chunk.put(ascii(type)).putInt(content.length).put(content).array();
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
