package io.github.resnetserving.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Holds the sizes that an AVIF or HEIC file claims against the limits, before a library sees the
 * file. Goes over the headers of boxes (ISO/IEC 14496-12, section 4.2), what HEVC's decoder is
 * configured with and what it is given, grids and overlays; what is damaged is left to the library.
 */
final class HeifSizes implements HeifItems.Visitor {

  private static final int HEADER = 8;
  private static final int VERSION_AND_FLAGS = 4;
  private static final int CONFIGURATION = 23; // bytes before the units of an HEVC configuration
  private static final int GRID_HEADER = 4; // version, flags, rows and columns
  private static final int OVERLAY_HEADER = 10; // version, flags and four samples to fill with
  private static final int MAX_IMAGES = 8; // in an item, which has one, or one for each layer
  private static final int BLOCK = 63; // pixels at most that a coded image is larger

  private final ByteBuffer in;
  private final DecodeRules rules;
  private final HeifItems items;
  private final List<long[]> places = new ArrayList<>(); // beginning and end of each such box
  private long width; // of the largest image
  private long height;
  private long longest; // side of any image
  private long across; // that side's other side

  private HeifSizes(byte[] encoded, DecodeRules rules) {
    this.in = ByteBuffer.wrap(encoded);
    this.rules = rules;
    this.items = new HeifItems(encoded, rules);
  }

  /** Admits the largest image of the file, and the one with the longest side. */
  static void admit(byte[] encoded, DecodeRules rules) throws ImageException {
    HeifSizes sizes = new HeifSizes(encoded, rules);
    sizes.visit("", 0, encoded.length);
    for (long[] places : sizes.places) {
      sizes.items.visit(places[0], places[1], sizes);
    }
    if (sizes.longest > 0) {
      rules.admit(sizes.longest, sizes.across);
      rules.admit(sizes.width, sizes.height);
    }
  }

  /** Visits the boxes in a part of the file; what {@code parent} may hold bounds the depth. */
  private void visit(String parent, long from, long end) throws ImageException {
    long at = from;
    while (at + HEADER <= end) {
      rules.spend(HEADER);
      long size = Integer.toUnsignedLong(in.getInt((int) at));
      String type = type((int) at + 4);
      long content = at + HEADER;
      if (size == 1 && content + 8 <= end) {
        size = in.getLong((int) content);
        content += 8;
      } else if (size == 0) { // the last box of the file
        size = end - at;
      }
      if (size < content - at || size > end - at) {
        return;
      }
      visitBox(parent + "/" + type, content, at + size);
      at += size;
    }
  }

  private void visitBox(String path, long content, long end) throws ImageException {
    switch (path) {
      case "/meta" -> visit(path, content + VERSION_AND_FLAGS, end);
      case "/meta/iinf" -> {
        if (content < end) { // a number of items follows, whose size depends on the version
          visit(path, content + VERSION_AND_FLAGS + (in.get((int) content) == 0 ? 2 : 4), end);
        }
      }
      case "/meta/iinf/infe" -> items.addItem(content, end);
      case "/meta/iloc" -> places.add(new long[] {content, end});
      case "/meta/idat" -> items.setMetadata(content);
      case "/meta/iprp", "/meta/iprp/ipco", "/moov", "/moov/trak" -> visit(path, content, end);
      case "/meta/iprp/ipco/ispe" -> {
        long size = content + VERSION_AND_FLAGS;
        if (end - size >= 8) {
          add(u32(size), u32(size + 4));
        }
      }
      case "/meta/iprp/ipco/hvcC" -> visitUnits(content, end);
      case "/moov/trak/tkhd" -> {
        if (end - content >= 80) {
          add(u32(end - 8) >> 16, u32(end - 4) >> 16); // fixed point; 0 for sound
        }
      }
      default -> {}
    }
  }

  /** Visits the parameter sets of an HEVC configuration (ISO/IEC 14496-15, section 8.3.3.1). */
  private void visitUnits(long content, long end) throws ImageException {
    long at = content + CONFIGURATION;
    while (at + 3 <= end) { // kind and number
      int units = u16(at + 1);
      at += 3;
      for (int i = 0; i < units && at + 2 <= end; i++) {
        int length = u16(at);
        at += 2;
        if (length > end - at) {
          return;
        }
        visitUnit(in.array(), (int) at, length);
        at += length;
      }
    }
  }

  /** Visits the units of a coded image, each behind its length. */
  @Override
  public void coded(byte[] bytes, int from, int length) throws ImageException {
    int end = from + length;
    int at = from;
    int images = 0;
    while (at + Integer.BYTES <= end) {
      long unit = Integer.toUnsignedLong(ByteBuffer.wrap(bytes).getInt(at));
      at += Integer.BYTES;
      if (unit > end - at) {
        return;
      }
      visitUnit(bytes, at, (int) unit);
      if (HevcHeader.beginsImage(bytes, at, (int) unit) && ++images > MAX_IMAGES) {
        throw new ImageException.TooCostly(
            "An item of the HEIC image has more than %d coded images.".formatted(MAX_IMAGES));
      }
      at += (int) unit;
    }
  }

  /** A grid or an overlay has a size of its own (ISO/IEC 23008-12, section 6.6.2). */
  @Override
  public void derived(boolean overlay, byte[] bytes, int from, int length) {
    int before = overlay ? OVERLAY_HEADER : GRID_HEADER;
    boolean large = length > 1 && (bytes[from + 1] & 1) == 1; // 32 bits a side, not 16
    if (length >= before + (large ? 8 : 4)) {
      ByteBuffer size = ByteBuffer.wrap(bytes).position(from + before);
      add(side(size, large), side(size, large));
    }
  }

  private static long side(ByteBuffer size, boolean large) {
    return large ? Integer.toUnsignedLong(size.getInt()) : size.getShort() & 0xffff;
  }

  private void visitUnit(byte[] bytes, int at, int length) throws ImageException {
    rules.spend(HEADER);
    if (HevcHeader.isParameterSet(bytes, at, length)) {
      HevcHeader.Size size = HevcHeader.size(bytes, at, length);
      add(Math.max(1, size.width() - BLOCK), Math.max(1, size.height() - BLOCK));
    }
  }

  private void add(long columns, long rows) {
    if (columns > 0 && rows > 0) {
      if (width == 0 || (double) columns * rows > (double) width * height) {
        width = columns;
        height = rows;
      }
      if (Math.max(columns, rows) > longest) {
        longest = Math.max(columns, rows);
        across = Math.min(columns, rows);
      }
    }
  }

  private int u16(long at) {
    return in.getShort((int) at) & 0xffff;
  }

  private long u32(long at) {
    return Integer.toUnsignedLong(in.getInt((int) at));
  }

  private String type(int at) {
    byte[] name = new byte[4];
    in.get(at, name);
    return new String(name, StandardCharsets.ISO_8859_1);
  }
}
