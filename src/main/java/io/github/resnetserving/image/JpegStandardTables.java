package io.github.resnetserving.image;

import java.io.ByteArrayOutputStream;
import javax.imageio.plugins.jpeg.JPEGHuffmanTable;

/**
 * The Huffman tables of ITU-T T.81, annex K.3, which frames of Motion JPEG leave out because every
 * decoder of that format has them.
 */
final class JpegStandardTables {

  private static final int DHT = 0xc4;
  private static final int AC = 0x10;

  private JpegStandardTables() {}

  /** A segment that defines all four, with its marker. */
  static byte[] segment() {
    ByteArrayOutputStream tables = new ByteArrayOutputStream();
    put(tables, 0, JPEGHuffmanTable.StdDCLuminance);
    put(tables, AC, JPEGHuffmanTable.StdACLuminance);
    put(tables, 1, JPEGHuffmanTable.StdDCChrominance);
    put(tables, AC | 1, JPEGHuffmanTable.StdACChrominance);
    ByteArrayOutputStream segment = new ByteArrayOutputStream();
    segment.write(0xff);
    segment.write(DHT);
    segment.write((tables.size() + 2) >> 8);
    segment.write(tables.size() + 2);
    segment.writeBytes(tables.toByteArray());
    return segment.toByteArray();
  }

  private static void put(ByteArrayOutputStream out, int id, JPEGHuffmanTable table) {
    out.write(id);
    short[] lengths = table.getLengths();
    for (int i = 0; i < 16; i++) {
      out.write(i < lengths.length ? lengths[i] : 0);
    }
    for (short value : table.getValues()) {
      out.write(value);
    }
  }
}
