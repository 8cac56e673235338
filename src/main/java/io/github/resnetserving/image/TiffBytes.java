package io.github.resnetserving.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of a TIFF (TIFF 6.0, section 2), which EXIF is as well: a header, then directories of
 * 12-byte entries. Nothing is copied. Offsets count from the header and may be anything that a file
 * claims; what lies outside of the bytes reads as absent.
 */
final class TiffBytes {

  static final int BYTE = 1;
  static final int SHORT = 3;
  static final int LONG = 4;
  static final int UNDEFINED = 7;
  static final int IFD = 13;

  private static final int RATIONAL = 5;
  private static final int SIGNED_BYTE = 6;
  private static final int SIGNED_SHORT = 8;
  private static final int SIGNED_LONG = 9;
  private static final int SIGNED_RATIONAL = 10;
  private static final int FLOAT = 11;
  private static final int DOUBLE = 12;

  private static final int ENTRY = 12;
  private static final int INLINE = 4; // bytes of a value that stand in the entry itself

  /**
   * Bytes of one value of each type; 0 where there is no such type. The last three are those of
   * BigTIFF, which readers take in any TIFF.
   */
  private static final int[] SIZES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};

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

  /** Opens metadata, whose header may have the two bytes of its number exchanged. */
  static Optional<TiffBytes> lenient(byte[] bytes, int offset, int length) {
    Optional<TiffBytes> tiff = of(bytes, offset, length);
    if (tiff.isPresent() || offset < 0 || length < 8 || offset > bytes.length - length) {
      return tiff;
    }
    ByteBuffer exchanged = ByteBuffer.wrap(bytes, offset, length).slice();
    return switch (exchanged.getInt(0)) {
      case 0x4949002a -> Optional.of(new TiffBytes(exchanged.order(ByteOrder.LITTLE_ENDIAN)));
      case 0x4d4d2a00 -> Optional.of(new TiffBytes(exchanged.order(ByteOrder.BIG_ENDIAN)));
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

  /** Offset of the i-th entry of a directory. */
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

  /** Offset of the values. */
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

  /** The first value of an entry, which must lie inside; another number without an entry. */
  long first(@Nullable Long entry, long otherwise) {
    return entry == null ? otherwise : value(entry, 0);
  }

  /** The first value as a number; nothing if it is none, as text is, or lies outside. */
  OptionalDouble number(long entry) {
    long at = values(entry);
    if (count(entry) < 1 || at > length() - Math.max(valueBytes(entry), 1)) {
      return OptionalDouble.empty();
    }
    int i = (int) at;
    return switch (type(entry)) {
      case SHORT -> OptionalDouble.of(u16(at));
      case LONG, IFD -> OptionalDouble.of((double) u32(at));
      case RATIONAL -> OptionalDouble.of((double) u32(at) / u32(at + 4));
      case SIGNED_BYTE -> OptionalDouble.of(tiff.get(i));
      case SIGNED_SHORT -> OptionalDouble.of(tiff.getShort(i));
      case SIGNED_LONG -> OptionalDouble.of(tiff.getInt(i));
      case SIGNED_RATIONAL -> OptionalDouble.of((double) tiff.getInt(i) / tiff.getInt(i + 4));
      case FLOAT -> OptionalDouble.of(tiff.getFloat(i));
      case DOUBLE -> OptionalDouble.of(tiff.getDouble(i));
      default -> OptionalDouble.empty();
    };
  }

  private int u16(long at) {
    return tiff.getShort((int) at) & 0xffff;
  }

  private long u32(long at) {
    return Integer.toUnsignedLong(tiff.getInt((int) at));
  }
}
