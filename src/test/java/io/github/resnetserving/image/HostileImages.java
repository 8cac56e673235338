package io.github.resnetserving.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;

/**
 * Images made to cost a decoder as much as possible, each of any size. Common formats; the headers
 * of BMP and TIFF are {@link HostileHeaders}.
 */
final class HostileImages {

  /** Makes an image of about so many bytes, or of so many pixels where few bytes claim them. */
  @FunctionalInterface
  interface Generator {
    byte[] of(int size) throws IOException;
  }

  private HostileImages() {}

  /** Every generator by name, whose first word is the format. */
  static Map<String, Generator> all() {
    Map<String, Generator> all = new LinkedHashMap<>();
    gifs(all);
    pngs(all);
    jpegs(all);
    webps(all);
    return all;
  }

  // GIF

  private static void gifs(Map<String, Generator> all) {
    all.put("gif empty extensions", n -> gif(repeated(n / 3, 0x21, 0x01, 0x00), 2, 2, 0));
    all.put(
        "gif graphic controls", n -> gif(repeated(n / 8, 0x21, 0xf9, 4, 0, 0, 0, 0, 0), 2, 2, 0));
    all.put("gif comments", n -> gif(repeated(n / 6, 0x21, 0xfe, 2, 'h', 'i', 0), 2, 2, 0));
    all.put(
        "gif comment of tiny blocks",
        n -> gif(joined(bytes(0x21, 0xfe), repeated(n / 2, 1, 'x'), bytes(0)), 2, 2, 0));
    all.put(
        "gif application of large blocks",
        n -> {
          byte[] block = new byte[256];
          block[0] = (byte) 255;
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          out.writeBytes(bytes(0x21, 0xff));
          for (int i = 0; i < n / 256; i++) {
            out.writeBytes(block);
          }
          out.write(0);
          return gif(out.toByteArray(), 2, 2, 0);
        });
    all.put("gif plain texts", n -> gif(repeated(n / 5, 0x21, 0x01, 1, 'x', 0), 2, 2, 0));
    all.put("gif padding", n -> gif(new byte[n], 2, 2, 0));
    all.put("gif data of tiny blocks", n -> gifWith(repeated(n / 2, 1, 0x04), 2, 2, 2));
    all.put(
        "gif clear codes",
        n ->
            gifWith(joined(blocks(repeated(n / 3, 0x24, 0x49, 0x92)), blocks(gifData())), 2, 2, 2));
    all.put("gif giant screen", n -> gif(new byte[0], side(n), side(n), 0));
    all.put("gif solid frame", n -> solidGif(side(n), 0));
    all.put("gif interlaced frame", n -> solidGif(side(n), 0x40));
    all.put(
        "gif frames after the first",
        n ->
            joined(
                gif(new byte[0], 2, 2, 0),
                repeated(n / 15, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 1, 0x44, 1, 0)));
  }

  /** A frame of 2 x 2 pixels behind some blocks. */
  private static byte[] gif(byte[] before, int width, int height, int flags) {
    return joined(
        gifHeader(width, height),
        before,
        bytes(0x2c, 0, 0, 0, 0, 2, 0, 2, 0, flags, 2),
        blocks(gifData()),
        bytes(0, 0x3b));
  }

  private static byte[] gifWith(byte[] data, int width, int height, int codeSize) {
    return joined(
        gifHeader(width, height),
        bytes(0x2c, 0, 0, 0, 0, width, 0, height, 0, 0, codeSize),
        data,
        bytes(0, 0x3b));
  }

  /** Clear, 0, 1, 2, 3, end, with codes of three bits; the last two have four. */
  private static byte[] gifData() {
    return bytes(0b01000100, 0b00110100, 0b101);
  }

  private static byte[] gifHeader(int width, int height) {
    return joined(
        "GIF89a".getBytes(StandardCharsets.US_ASCII),
        bytes(width, width >> 8, height, height >> 8, 0x80 | 1, 0, 0),
        repeated(4, 9, 8, 7));
  }

  private static byte[] solidGif(int side, int flags) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(side, side, BufferedImage.TYPE_BYTE_INDEXED), "gif", out);
    byte[] gif = out.toByteArray();
    for (int i = 13 + 3 * 256; i < gif.length; i++) { // the frame's flags
      if (gif[i] == 0x2c) {
        gif[i + 9] = (byte) ((gif[i + 9] & ~0x40) | flags);
        break;
      }
    }
    return gif;
  }

  private static byte[] blocks(byte[] data) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int at = 0; at < data.length; at += 255) {
      int length = Math.min(255, data.length - at);
      out.write(length);
      out.write(data, at, length);
    }
    return out.toByteArray();
  }

  // PNG

  private static void pngs(Map<String, Generator> all) {
    byte[] pixel = deflated(new byte[] {0, 1, 2, 3});
    all.put(
        "png empty data chunks",
        n -> png(1, 1, 8, 2, 0, times(n / 12, chunk("IDAT", new byte[0])), chunk("IDAT", pixel)));
    all.put(
        "png empty data chunks behind",
        n -> png(1, 1, 8, 2, 0, chunk("IDAT", pixel), times(n / 12, chunk("IDAT", new byte[0]))));
    all.put(
        "png data chunks of a byte",
        n -> {
          byte[] data = stored(n / 18);
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          for (byte b : data) {
            out.writeBytes(chunk("IDAT", new byte[] {b}));
          }
          return png(n / 18 - 1, 1, 8, 0, 0, out.toByteArray());
        });
    all.put(
        "png palettes",
        n ->
            png(1, 1, 8, 2, 0, times(n / 780, chunk("PLTE", new byte[768])), chunk("IDAT", pixel)));
    all.put(
        "png large palettes",
        n -> png(1, 1, 8, 2, 0, times(4, chunk("PLTE", new byte[n / 4])), chunk("IDAT", pixel)));
    all.put(
        "png keys",
        n -> png(1, 1, 8, 2, 0, times(n / 18, chunk("tRNS", new byte[6])), chunk("IDAT", pixel)));
    all.put(
        "png large keys",
        n -> png(1, 1, 8, 2, 0, times(4, chunk("tRNS", new byte[n / 4])), chunk("IDAT", pixel)));
    all.put(
        "png orientations",
        n -> png(1, 1, 8, 2, 0, times(n / 40, chunk("eXIf", exif(1))), chunk("IDAT", pixel)));
    all.put(
        "png large orientations",
        n ->
            png(
                1,
                1,
                8,
                2,
                0,
                times(1 + n / 786_000, chunk("eXIf", exif(65_000))),
                chunk("IDAT", pixel)));
    all.put(
        "png texts",
        n -> png(1, 1, 8, 2, 0, times(n / 13, chunk("iTXt", new byte[1])), chunk("IDAT", pixel)));
    all.put(
        "png data beyond the image", n -> png(1, 1, 8, 2, 0, chunk("IDAT", deflated(new byte[n]))));
    all.put("png solid", n -> solidPng(side(n), side(n), 8, 2, 0));
    all.put("png interlaced", n -> solidPng(side(n), side(n), 16, 6, 1));
    all.put("png one bit", n -> solidPng(side(n), side(n), 1, 0, 1));
    all.put(
        "png row",
        n ->
            solidPng(
                Math.min(n, DecodePolicy.MAX_SIDE),
                Math.ceilDiv(n, DecodePolicy.MAX_SIDE),
                16,
                6,
                0));
    all.put(
        "png column",
        n ->
            solidPng(
                Math.ceilDiv(n, DecodePolicy.MAX_SIDE),
                Math.min(n, DecodePolicy.MAX_SIDE),
                16,
                6,
                1));
  }

  static byte[] png(int width, int height, int depth, int color, int interlace, byte[]... chunks) {
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    header.put((byte) depth).put((byte) color).put((byte) 0).put((byte) 0).put((byte) interlace);
    return joined(
        bytes(0x89, 'P', 'N', 'G', 13, 10, 26, 10),
        chunk("IHDR", header.array()),
        joined(chunks),
        chunk("IEND", new byte[0]));
  }

  static byte[] chunk(String type, byte[] content) {
    ByteBuffer chunk = ByteBuffer.allocate(content.length + 12).putInt(content.length);
    chunk.put(type.getBytes(StandardCharsets.US_ASCII)).put(content);
    CRC32 crc = new CRC32();
    crc.update(chunk.array(), 4, content.length + 4);
    return chunk.putInt((int) crc.getValue()).array();
  }

  /** Rows of zeros, more than an interlaced image has. */
  static byte[] solidPng(int width, int height, int depth, int color, int interlace) {
    int samples = color == 6 ? 4 : color == 2 ? 3 : 1;
    long row = ((long) width * depth * samples + 7) / 8 + 1;
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] zeros = new byte[1 << 16];
    byte[] part = new byte[1 << 12];
    for (long left = row * height + (interlace == 1 ? 3L * height + 16 * row : 0);
        left > 0;
        left -= zeros.length) {
      deflater.setInput(zeros);
      while (!deflater.needsInput()) {
        out.write(part, 0, deflater.deflate(part));
      }
    }
    deflater.finish();
    while (!deflater.finished()) {
      out.write(part, 0, deflater.deflate(part));
    }
    deflater.end();
    return png(width, height, depth, color, interlace, chunk("IDAT", out.toByteArray()));
  }

  private static byte[] deflated(byte[] data) {
    Deflater deflater = new Deflater();
    deflater.setInput(data);
    deflater.finish();
    byte[] out = new byte[data.length + 64];
    int length = deflater.deflate(out);
    deflater.end();
    return Arrays.copyOf(out, length);
  }

  /** So many zeros, as they are. */
  private static byte[] stored(int length) {
    Deflater deflater = new Deflater(Deflater.NO_COMPRESSION);
    deflater.setInput(new byte[length]);
    deflater.finish();
    byte[] out = new byte[length + length / 1000 + 64];
    int written = deflater.deflate(out);
    deflater.end();
    return Arrays.copyOf(out, written);
  }

  private static byte[] exif(int entries) {
    ByteBuffer exif = ByteBuffer.allocate(8 + 2 + 12 * entries + 6).order(ByteOrder.LITTLE_ENDIAN);
    return exif.putInt(0x002a4949).putInt(8).putShort((short) entries).array();
  }

  // JPEG

  private static void jpegs(Map<String, Generator> all) {
    all.put("jpeg scans", n -> progressive(side(n), side(n), 3, 36, 0));
    all.put("jpeg refinements", n -> progressive(side(n), side(n), 3, 36, 0x10));
    all.put("jpeg gray scans", n -> progressive(side(n), side(n), 1, 39, 0));
    all.put("jpeg comments", n -> baseline(8, 8, times(n / 5, segment(0xfe, 0))));
    all.put(
        "jpeg orientations",
        n ->
            baseline(
                8,
                8,
                times(
                    n / 60,
                    segment(
                        0xe1, joined("Exif\0\0".getBytes(StandardCharsets.US_ASCII), exif(3))))));
    all.put("jpeg tables", n -> baseline(8, 8, times(n / 21, huffman(0, 0))));
    all.put("jpeg quantisers", n -> baseline(8, 8, times(n / 69, quantiser())));
    all.put("jpeg fill", n -> baseline(8, 8, repeated(n, 0xff)));
    all.put("jpeg restarts", n -> baseline(8, 8, repeated(n / 2, 0xff, 0xd0)));
    all.put("jpeg gray", n -> baseline(side(n), side(n), new byte[0]));
  }

  /** Every block is gray, in the two bits that it needs at least. */
  static byte[] baseline(int width, int height, byte[] before) {
    long blocks = (long) Math.ceilDiv(width, 8) * Math.ceilDiv(height, 8);
    return joined(
        bytes(0xff, 0xd8),
        before,
        quantiser(),
        frame(0xc0, width, height, 1),
        huffman(0, 0),
        huffman(0x10, 0),
        scan(0, 63, 0, 1),
        new byte[(int) Math.ceilDiv(blocks * 2, 8)],
        bytes(0xff, 0xd9));
  }

  /** One scan for DC, then empty ones for AC, whose blocks end 32767 at a time. */
  static byte[] progressive(int width, int height, int components, int scans, int approximation) {
    long blocks = (long) Math.ceilDiv(width, 8) * Math.ceilDiv(height, 8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(bytes(0xff, 0xd8));
    out.writeBytes(quantiser());
    out.writeBytes(frame(0xc2, width, height, components));
    out.writeBytes(huffman(0, 0));
    out.writeBytes(huffman(0x10, 0xe0)); // a run of 2^14 and what its 14 bits say
    out.writeBytes(scan(0, 0, 0, IntStream.rangeClosed(1, components).toArray()));
    out.writeBytes(new byte[(int) Math.ceilDiv(blocks * components, 8)]);
    int runs = (int) Math.ceilDiv(blocks, 1 << 14);
    for (int i = 0; i < scans; i++) {
      out.writeBytes(scan(1, 63, approximation, 1 + i % components));
      out.writeBytes(new byte[Math.ceilDiv(runs * 15, 8)]);
    }
    out.writeBytes(bytes(0xff, 0xd9));
    return out.toByteArray();
  }

  static byte[] segment(int marker, byte[] content) {
    int length = content.length + 2;
    return joined(bytes(0xff, marker, length >> 8, length), content);
  }

  private static byte[] segment(int marker, int... content) {
    return segment(marker, bytes(content));
  }

  private static byte[] quantiser() {
    return segment(0xdb, joined(bytes(0), repeated(64, 1)));
  }

  /** One code, of one bit. */
  private static byte[] huffman(int table, int symbol) {
    return segment(0xc4, joined(bytes(table, 1), new byte[15], bytes(symbol)));
  }

  static byte[] frame(int marker, int width, int height, int components) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(bytes(8, height >> 8, height, width >> 8, width, components));
    for (int c = 1; c <= components; c++) {
      out.writeBytes(bytes(c, 0x11, 0));
    }
    return segment(marker, out.toByteArray());
  }

  private static byte[] scan(int first, int last, int approximation, int... components) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(components.length);
    for (int c : components) {
      out.writeBytes(bytes(c, 0));
    }
    out.writeBytes(bytes(first, last, approximation));
    return segment(0xda, out.toByteArray());
  }

  // WebP

  private static void webps(Map<String, Generator> all) {
    all.put("webp chunks", n -> webp(lossless(4, 4), times(n / 8, riff("JUNK", new byte[0]))));
    all.put("webp orientations", n -> webp(lossless(4, 4), times(n / 36, riff("EXIF", exif(1)))));
    all.put(
        "webp large orientation",
        n -> webp(lossless(4, 4), riff("EXIF", joined(exif(65_000), new byte[n]))));
    all.put("webp frames", n -> webp(extended(4, 4), times(n / 62, frame(4, 4))));
    all.put(
        "webp alpha chunks", n -> webp(lossless(4, 4), times(n / 8, riff("ALPH", new byte[0]))));
    all.put(
        "webp solid", n -> webp(lossless(Math.min(side(n), 16_383), Math.min(side(n), 16_383))));
    all.put("webp giant canvas", n -> webp(extended(side(n), side(n)), frame(4, 4)));
    all.put(
        "webp wide canvas",
        n ->
            webp(
                extended(
                    Math.min(n, DecodePolicy.MAX_SIDE), Math.max(n / DecodePolicy.MAX_SIDE, 4)),
                frame(4, 4)));
  }

  static byte[] webp(byte[]... chunks) {
    byte[] content = joined(joined("WEBP".getBytes(StandardCharsets.US_ASCII)), joined(chunks));
    return riff("RIFF", content);
  }

  static byte[] riff(String type, byte[] content) {
    ByteBuffer chunk =
        ByteBuffer.allocate(8 + content.length + (content.length & 1))
            .order(ByteOrder.LITTLE_ENDIAN);
    return chunk
        .put(type.getBytes(StandardCharsets.US_ASCII))
        .putInt(content.length)
        .put(content)
        .array();
  }

  private static byte[] extended(int width, int height) {
    return riff("VP8X", joined(bytes(0x12, 0, 0, 0), u24(width - 1), u24(height - 1)));
  }

  private static byte[] frame(int width, int height) {
    return riff(
        "ANMF",
        joined(new byte[6], u24(width - 1), u24(height - 1), new byte[4], lossless(width, height)));
  }

  private static byte[] u24(int value) {
    return bytes(value, value >> 8, value >> 16);
  }

  /** One colour: five codes of one symbol each, so that a pixel needs no bit. */
  static byte[] lossless(int width, int height) {
    Bits bits = new Bits();
    bits.put(0x2f, 8);
    bits.put(width - 1, 14);
    bits.put(height - 1, 14);
    bits.put(0, 4); // no alpha, version 0
    bits.put(0, 3); // no transform, no cache, no further codes
    for (int i = 0; i < 5; i++) {
      bits.put(0b0001, 4); // simple, one symbol of one bit: 0
    }
    return riff("VP8L", joined(bits.end(), new byte[8]));
  }

  /** Bits, lowest first. */
  static final class Bits {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int buffer;
    private int buffered;

    void put(int value, int count) {
      for (int i = 0; i < count; i++) {
        buffer |= (value >> i & 1) << buffered++;
        if (buffered == 8) {
          out.write(buffer);
          buffer = 0;
          buffered = 0;
        }
      }
    }

    byte[] end() {
      put(0, 7);
      return out.toByteArray();
    }
  }

  // Bytes

  private static int side(int pixels) {
    return (int) Math.sqrt(pixels);
  }

  static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  static byte[] repeated(int count, int... values) {
    return times(count, bytes(values));
  }

  static byte[] times(int count, byte[] part) {
    byte[] all = new byte[count * part.length];
    for (int i = 0; i < count; i++) {
      System.arraycopy(part, 0, all, i * part.length, part.length);
    }
    return all;
  }

  static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      whole.writeBytes(part);
    }
    return whole.toByteArray();
  }
}
