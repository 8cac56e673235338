package io.github.resnetserving.image;

import java.io.ByteArrayOutputStream;
import java.util.EnumSet;
import java.util.Set;
import javax.imageio.plugins.jpeg.JPEGHuffmanTable;

/**
 * A JPEG without the oddities that lose no pixel. libjpeg warns of each of them and keeps its first
 * warning only: what it warns of in a repaired file is not hidden behind them. Nothing is copied
 * before the first oddity, and every byte once after it. Not thread-safe: one for each image.
 */
final class JpegRepair {

  private static final byte[] END = {(byte) 0xff, (byte) 0xd9};

  private final byte[] encoded;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream(0);
  private final Set<ImageNote> notes = EnumSet.noneOf(ImageNote.class);
  private int copied; // bytes of the file that were looked after
  private boolean ended = true;

  JpegRepair(byte[] encoded) {
    this.encoded = encoded;
  }

  /** Has a byte read as it should be; not before one of an earlier call. */
  void set(int at, int value) {
    if ((encoded[at] & 0xff) != value) {
      notes.add(ImageNote.HEADER_FIELD_WRONG);
      out.write(encoded, copied, at - copied);
      out.write(value);
      copied = at + 1;
    }
  }

  /** Leaves out the bytes from {@code from} to {@code to}, which belong to no segment. */
  void cut(int from, int to) {
    notes.add(ImageNote.STRAY_BYTES);
    out.write(encoded, copied, from - copied);
    copied = to;
  }

  /** Adds segments in front of {@code at}. */
  void insert(int at, byte[] segments, ImageNote note) {
    notes.add(note);
    out.write(encoded, copied, at - copied);
    out.writeBytes(segments);
    copied = at;
  }

  /** Adds the end marker behind the last byte. */
  void end() {
    notes.add(ImageNote.END_MARKER_MISSING);
    ended = false;
  }

  /** The file as it came where nothing is odd, else a copy. */
  byte[] repaired() {
    if (out.size() == 0 && copied == 0 && ended) {
      return encoded;
    }
    out.write(encoded, copied, encoded.length - copied);
    if (!ended) {
      out.writeBytes(END);
    }
    return out.toByteArray();
  }

  Set<ImageNote> notesAnd(ImageNote note) {
    notes.add(note);
    return notes();
  }

  Set<ImageNote> notes() {
    return ImageNote.setOf(notes);
  }

  /**
   * The Huffman tables of ITU-T T.81, annex K.3, which frames of Motion JPEG leave out because
   * every decoder of that format has them.
   */
  static final class StandardTables {

    private static final int DHT = 0xc4;
    private static final int AC = 0x10;

    private StandardTables() {}

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
}
