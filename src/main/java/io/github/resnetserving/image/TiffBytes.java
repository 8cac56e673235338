package io.github.resnetserving.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The numbers of a TIFF (TIFF 6.0, section 2), which EXIF is as well: a header, then directories of
 * 12-byte entries. Nothing is copied. Offsets count from the header and may be anything that a file
 * claims; what lies outside of the bytes reads as absent.
 */
final class TiffBytes {

  static final int SHORT = 3;
  static final int LONG = 4;
  static final int IFD = 13;

  private static final int ENTRY = 12;
  private static final int INLINE = 4; // bytes of a value that stand in the entry itself

  /** Bytes of one value of each type, of which the first is no type. */
  private static final int[] SIZES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};

  private final ByteBuffer tiff;

  private TiffBytes(ByteBuffer tiff) {
    this.tiff = tiff;
  }

  /** The TIFF in {@code length} bytes from {@code offset}; nothing if none begins there. */
  static Optional<TiffBytes> of(byte[] bytes, int offset, int length) {
    if (offset < 0 || length < 8 || offset > bytes.length - length) {
      return Optional.empty();
    }
    ByteBuffer tiff = ByteBuffer.wrap(bytes, offset, length).slice();
    return switch (tiff.getInt(0)) {
      case 0x49492a00 -> Optional.of(new TiffBytes(tiff.order(ByteOrder.LITTLE_ENDIAN)));
      case 0x4d4d002a -> Optional.of(new TiffBytes(tiff.order(ByteOrder.BIG_ENDIAN)));
      default -> Optional.empty();
    };
  }

  int length() {
    return tiff.limit();
  }

  /** Offset of the first directory. */
  long firstDirectory() {
    return u32(4);
  }

  /** Whether a directory's number of entries lies inside. */
  boolean hasDirectory(long directory) {
    return directory >= 8 && directory <= length() - 2;
  }

  /** How many entries a directory claims, which must be there. */
  int claimedEntries(long directory) {
    return u16(directory);
  }

  /** How many of those lie inside. */
  int entries(long directory) {
    return (int) Math.min(claimedEntries(directory), (length() - directory - 2) / ENTRY);
  }

  /** Offset of the directory that follows one whose entries all lie inside; 0 if there is none. */
  long next(long directory) {
    long at = entry(directory, claimedEntries(directory));
    return at + 4 <= length() ? u32(at) : 0;
  }

  /** Where the i-th entry of a directory lies. */
  long entry(long directory, int i) {
    return directory + 2 + (long) ENTRY * i;
  }

  int tag(long entry) {
    return u16(entry);
  }

  int type(long entry) {
    return u16(entry + 2);
  }

  long count(long entry) {
    return u32(entry + 4);
  }

  /** Bytes of all its values; 0 for a type that is not known, which readers pass over. */
  long valueBytes(long entry) {
    int type = type(entry);
    return type < SIZES.length ? count(entry) * SIZES[type] : 0;
  }

  /** Whether its values stand elsewhere than in the entry itself. */
  boolean isApart(long entry) {
    return valueBytes(entry) > INLINE;
  }

  /** Where its values lie. */
  long values(long entry) {
    return isApart(entry) ? u32(entry + 8) : entry + 8;
  }

  /** The i-th value, which must lie inside, of an entry of bytes, shorts or longs. */
  long value(long entry, long i) {
    long values = values(entry);
    return switch (type(entry)) {
      case SHORT -> u16(values + 2 * i);
      case LONG, IFD -> u32(values + 4 * i);
      default -> tiff.get((int) (values + i)) & 0xff;
    };
  }

  private int u16(long at) {
    return tiff.getShort((int) at) & 0xffff;
  }

  private long u32(long at) {
    return Integer.toUnsignedLong(tiff.getInt((int) at));
  }
}
