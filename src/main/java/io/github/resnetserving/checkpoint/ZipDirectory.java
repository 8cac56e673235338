package io.github.resnetserving.checkpoint;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * The entries of a zip archive as views of the file. torch.save compresses nothing, so an entry's
 * bytes are the file's bytes and need no copy. An entry is checked when its bytes are asked for: an
 * archive of another kind is told by its names alone.
 *
 * <p>Source: PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.3 (zip64).
 */
final class ZipDirectory {

  private static final int LOCAL_HEADER = 0x04034b50;
  private static final int CENTRAL_HEADER = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int END64 = 0x06064b50;
  private static final int END64_LOCATOR = 0x07064b50;

  private static final int END_SIZE = 22;
  private static final int LOCATOR_SIZE = 20;
  private static final int MAX_COMMENT = 0xffff;
  private static final long IN_ZIP64 = 0xffffffffL;

  /** A checkpoint has one entry a tensor; the largest ResNets have a thousand. */
  private static final int MAX_ENTRIES = 100_000;

  private final MemorySegment file;
  private final Extent extent;
  private final SequencedMap<String, Entry> entries;

  private ZipDirectory(MemorySegment file) throws WeightsException {
    this.file = file;
    this.extent = locate();
    this.entries = entries();
  }

  /**
   * Reads the directory, but no entry.
   *
   * @throws WeightsException if the file is no whole zip archive
   */
  static ZipDirectory read(MemorySegment file) throws WeightsException {
    return new ZipDirectory(file);
  }

  /** The entries' names, in the directory's order. */
  SequencedSet<String> names() {
    return entries.sequencedKeySet();
  }

  /** Whether there is an entry of a name. */
  boolean has(String name) {
    return entries.containsKey(name);
  }

  /**
   * The bytes of an entry that is there.
   *
   * @throws WeightsException if it is compressed, encrypted, or not where the directory says
   */
  MemorySegment bytes(String name) throws WeightsException {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("there is no entry " + name);
    }
    return data(entry, extent.offset());
  }

  /** Where the central directory lies. */
  private record Extent(long count, long size, long offset) {}

  private SequencedMap<String, Entry> entries() throws WeightsException {
    if (extent.count() > MAX_ENTRIES) {
      throw new WeightsException(
          "its zip directory has %d entries, more than %d".formatted(extent.count(), MAX_ENTRIES));
    }
    Cursor directory =
        new Cursor(slice(extent.offset(), extent.size(), "directory"), "its zip directory");
    var read = new LinkedHashMap<String, Entry>();
    for (long i = 0; i < extent.count(); i++) {
      Entry entry = Entry.read(directory);
      if (read.putIfAbsent(entry.name(), entry) != null) {
        throw new WeightsException(
            "its zip directory has two entries named %s: the file is ambiguous"
                .formatted(Printable.of(entry.name())));
      }
    }
    return read;
  }

  private Extent locate() throws WeightsException {
    long end = findEnd();
    Cursor in = new Cursor(file.asSlice(end), "its zip end record");
    in.skip(10);
    Extent extent = new Extent(in.u16(), in.u32(), in.u32());
    boolean fits =
        extent.count() != 0xffff && extent.size() != IN_ZIP64 && extent.offset() != IN_ZIP64;
    if (fits || end < LOCATOR_SIZE) {
      return extent;
    }
    Cursor locator =
        new Cursor(file.asSlice(end - LOCATOR_SIZE, LOCATOR_SIZE), "its zip64 locator");
    if (locator.i32() != END64_LOCATOR) {
      return extent;
    }
    locator.skip(4);
    Cursor end64 = new Cursor(slice(locator.i64(), 56, "zip64 end record"), "its zip64 end record");
    if (end64.i32() != END64) {
      throw damaged("its zip64 end record is not where it should be");
    }
    end64.skip(28);
    return new Extent(end64.i64(), end64.i64(), end64.i64());
  }

  private long findEnd() throws WeightsException {
    long last = file.byteSize() - END_SIZE;
    for (long at = last; at >= Math.max(0, last - MAX_COMMENT); at--) {
      if (file.get(Cursor.INT, at) == END) {
        return at;
      }
    }
    throw new WeightsException(
        "the file is truncated: it begins as a zip archive, as torch.save writes, but the archive's"
            + " directory, which comes last, is missing; fetch the file again");
  }

  private MemorySegment data(Entry entry, long directory) throws WeightsException {
    String shown = "zip entry " + Printable.of(entry.name());
    if (entry.isEncrypted()) {
      throw new WeightsException(shown + " is encrypted: save it without a password");
    }
    if (entry.method() != 0 || entry.size() != entry.compressedSize()) {
      throw new WeightsException(
          shown
              + " is compressed, which torch.save never does: the archive was packed anew. Unpack it"
              + " and pack it again with zip -0 -r, or save the state_dict again");
    }
    Cursor local = new Cursor(slice(entry.offset(), 30, shown), shown);
    if (local.i32() != LOCAL_HEADER) {
      throw damaged(shown + " does not begin where the directory says");
    }
    local.skip(22);
    int nameLength = local.u16();
    int extraLength = local.u16();
    // No overflow: the offset was just found to lie in the file.
    long start = entry.offset() + 30 + nameLength + extraLength;
    if (start > directory || entry.size() > directory - start) {
      throw damaged(shown + " reaches into the archive's directory");
    }
    return slice(start, entry.size(), shown);
  }

  private MemorySegment slice(long offset, long size, String what) throws WeightsException {
    if (offset < 0 || size < 0 || offset > file.byteSize() || size > file.byteSize() - offset) {
      throw damaged(
          "%s should lie at byte %d, %d long, but the file has %d bytes"
              .formatted(what, offset, size, file.byteSize()));
    }
    return file.asSlice(offset, size);
  }

  private static WeightsException damaged(String finding) {
    return new WeightsException(finding + ": the file is damaged; fetch it again");
  }

  /** One entry of the central directory. Sizes and offset in bytes. */
  private record Entry(
      String name, int flags, int method, long compressedSize, long size, long offset) {

    static Entry read(Cursor in) throws WeightsException {
      if (in.i32() != CENTRAL_HEADER) {
        throw damaged("its zip directory is out of step");
      }
      in.skip(4);
      int flags = in.u16();
      int method = in.u16();
      in.skip(8);
      long compressedSize = in.u32();
      long size = in.u32();
      int nameLength = in.u16();
      int extraLength = in.u16();
      int commentLength = in.u16();
      in.skip(8);
      long offset = in.u32();
      String name = in.text(nameLength, UTF_8);
      var entry = new Entry(name, flags, method, compressedSize, size, offset);
      Entry whole = entry.withExtra(in.slice(extraLength));
      in.skip(commentLength);
      return whole;
    }

    boolean isEncrypted() {
      return (flags & 1) != 0;
    }

    private Entry withExtra(MemorySegment extra) throws WeightsException {
      if (size != IN_ZIP64 && compressedSize != IN_ZIP64 && offset != IN_ZIP64) {
        return this;
      }
      Cursor in = new Cursor(extra, "the zip64 field of " + Printable.of(name));
      while (in.position() < extra.byteSize()) {
        int id = in.u16();
        int length = in.u16();
        if (id != 1) {
          in.skip(length);
          continue;
        }
        // Only the values that did not fit are here, in this order.
        long whole = size == IN_ZIP64 ? in.i64() : size;
        long compressed = compressedSize == IN_ZIP64 ? in.i64() : compressedSize;
        long start = offset == IN_ZIP64 ? in.i64() : offset;
        return new Entry(name, flags, method, compressed, whole, start);
      }
      return this;
    }
  }
}
