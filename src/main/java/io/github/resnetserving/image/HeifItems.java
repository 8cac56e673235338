package io.github.resnetserving.image;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The data of a HEIF file's items that say how large they are: those coded in HEVC, and what is put
 * together of others (ISO/IEC 14496-12, section 8.11.3). The file's boxes are given one by one, as
 * they come; what is damaged is left out. Not thread-safe.
 */
final class HeifItems {

  private static final int INSIDE_METADATA = 1; // construction_method
  private static final List<String> HEVC = List.of("hvc1", "hev1", "lhv1");
  private static final List<String> DERIVED = List.of("grid", "iovl");

  /** Tiles may share their data; a file of which all do is made to cost. */
  private static final int MAX_REPEATS = 4;

  /** What to do with the data of an item. */
  interface Visitor {

    void coded(byte[] bytes, int from, int length) throws ImageException;

    /** What is put together of other items: an overlay, or a grid. */
    void derived(boolean overlay, byte[] bytes, int from, int length) throws ImageException;
  }

  private record Extent(int from, int length) {}

  private final byte[] bytes; // of the file
  private final DecodeRules rules;
  private final Map<Long, String> types = new HashMap<>(); // by number of the item
  private long claimed; // bytes so far
  private long metadata; // where the data begin that lie inside of the box of metadata
  private long at;
  private long end;

  HeifItems(byte[] bytes, DecodeRules rules) {
    this.bytes = bytes;
    this.rules = rules;
  }

  /** Takes notice of an item, of what its box contains: version, number, protection and type. */
  void addItem(long content, long contentEnd) {
    begin(content, contentEnd);
    int version = (int) number(1);
    skip(3);
    long item = number(version < 3 ? 2 : 4);
    skip(2);
    if (at + 4 <= end) {
      Stream.concat(HEVC.stream(), DERIVED.stream())
          .filter(type -> Ascii.at(bytes, (int) at, type))
          .forEach(type -> types.put(item, type));
    }
  }

  void setMetadata(long content) {
    metadata = content;
  }

  /** Visits the data of each item whose place is told in a box. */
  void visit(long content, long contentEnd, Visitor visitor) throws ImageException {
    begin(content, contentEnd);
    int version = (int) number(1);
    skip(3);
    int sizes = (int) number(2); // of offset, length, base and index, four bits each
    long items = number(version < 2 ? 2 : 4);
    for (long i = 0; i < items && at < end; i++) {
      String type = types.get(number(version < 2 ? 2 : 4));
      long method = version == 0 ? 0 : number(2) & 0xf;
      skip(2);
      long base = field(sizes >> 4) + (method == INSIDE_METADATA ? metadata : 0);
      long count = number(2);
      long first = at;
      List<Extent> extents = new ArrayList<>();
      for (long j = 0; j < count && at < end && (j == 0 || at > first); j++) { // may have no bytes
        rules.spend(1);
        field(version == 0 ? 0 : sizes);
        long from = base + field(sizes >> 12);
        long length = field(sizes >> 8);
        if (type != null && from >= 0 && length > 0 && from <= bytes.length - length) {
          claim(length);
          extents.add(new Extent((int) from, (int) length));
        }
      }
      if (type != null && !extents.isEmpty()) {
        visit(type, extents, visitor);
      }
    }
  }

  private void claim(long length) throws ImageException.TooCostly {
    claimed += length;
    rules.spend(length);
    if (claimed > (long) MAX_REPEATS * bytes.length) {
      throw costly();
    }
  }

  private static ImageException.TooCostly costly() {
    return new ImageException.TooCostly(
        "The HEIC image's items claim more bytes than the file has, some of them repeatedly.");
  }

  private void visit(String type, List<Extent> extents, Visitor visitor) throws ImageException {
    if (extents.size() == 1) {
      Extent all = extents.getFirst();
      visit(type, bytes, all.from(), all.length(), visitor);
      return;
    }
    long length = extents.stream().mapToLong(Extent::length).sum();
    if (length > bytes.length) {
      throw costly();
    }
    ByteBuffer joined = ByteBuffer.allocate((int) length);
    for (Extent extent : extents) {
      joined.put(bytes, extent.from(), extent.length());
    }
    visit(type, joined.array(), 0, joined.limit(), visitor);
  }

  private static void visit(String type, byte[] data, int from, int length, Visitor visitor)
      throws ImageException {
    if (HEVC.contains(type)) {
      visitor.coded(data, from, length);
    } else {
      visitor.derived(type.equals("iovl"), data, from, length);
    }
  }

  private void begin(long content, long contentEnd) {
    at = content;
    end = contentEnd;
  }

  private void skip(int count) {
    at += count;
  }

  /** A number whose size the box tells, of which libraries read two. */
  private long field(int size) {
    int count = size & 0xf;
    return count == Integer.BYTES || count == Long.BYTES ? number(count) : 0;
  }

  /** A number of so many bytes; 0 behind the end. */
  private long number(int size) {
    long value = 0;
    for (int i = 0; i < size; i++) {
      value = (value << Byte.SIZE) | (at < end ? bytes[(int) at] & 0xff : 0);
      at++;
    }
    return value;
  }
}
