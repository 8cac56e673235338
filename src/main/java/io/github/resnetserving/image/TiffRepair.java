package io.github.resnetserving.image;

import com.twelvemonkeys.imageio.metadata.tiff.TIFF;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a TIFF whose first image the reader understands, where that differs from the file in
 * nothing that its pixels depend on: links to further images and to metadata are cut, since they
 * may be damaged or form a loop; fields without values are hidden; alpha is declared as the
 * standard does; there are as many depths as samples; and strips that are not compressed end with
 * the file. Pillow does the same.
 */
final class TiffRepair {

  /** Tags whose values are offsets of further directories: SubIFDs, EXIF, GPS, interoperability. */
  private static final Set<Integer> POINTERS = Set.of(330, 34665, 34853, 40965);

  private static final short NO_TYPE = 0; // of a field that the reader passes over
  private static final int NOT_COMPRESSED = 1;
  private static final int ONE_PLANE_EACH = 2;
  private static final int COREL = 999; // in TIFF.TAG_EXTRA_SAMPLES
  private static final short UNASSOCIATED = 2;
  private static final int MOST_SAMPLES = 16; // to write depths for; far more than are read

  private final TiffBytes tiff;
  private final long directory;
  private byte[] bytes;
  private boolean copied;

  private TiffRepair(byte[] encoded, TiffBytes tiff) {
    this.bytes = encoded;
    this.tiff = tiff;
    this.directory = tiff.firstDirectory();
  }

  /**
   * Repairs a file whose first directory lies inside it.
   *
   * @param encoded not modified
   * @return the same array where nothing is to be done
   */
  static byte[] repaired(byte[] encoded, TiffBytes tiff) {
    TiffRepair repair = new TiffRepair(encoded, tiff);
    repair.links();
    repair.alpha();
    repair.depths();
    repair.lengths();
    return repair.bytes;
  }

  /** The copy, which is made when it is first written to. */
  private ByteBuffer fields() {
    if (!copied) {
      bytes = bytes.clone();
      copied = true;
    }
    return ByteBuffer.wrap(bytes)
        .order(bytes[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
  }

  private @Nullable Long entry(int tag) {
    for (int i = 0; i < tiff.entries(directory); i++) {
      long entry = tiff.entry(directory, i);
      int type = tiff.type(entry);
      if (tiff.tag(entry) == tag && tiff.count(entry) > 0) {
        return type == TiffBytes.SHORT || type == TiffBytes.LONG ? entry : null;
      }
    }
    return null;
  }

  private long first(int tag, long otherwise) {
    return tiff.first(entry(tag), otherwise);
  }

  /**
   * The reader makes an exception, of many times a field's bytes, for each field without values
   * that claims to lie outside of the file, for each that should be an offset and is none, and for
   * each number of values that is no int.
   */
  private void links() {
    int entries = tiff.entries(directory);
    if (tiff.next(directory) != 0) {
      fields().putInt((int) tiff.entry(directory, entries), 0);
    }
    for (int i = 0; i < entries; i++) {
      long entry = tiff.entry(directory, i);
      long count = tiff.count(entry);
      if (count == 0 || count > Integer.MAX_VALUE || POINTERS.contains(tiff.tag(entry))) {
        fields().putShort((int) entry + 2, NO_TYPE).putInt((int) entry + 4, 0);
      }
    }
  }

  /** The reader leaves out the sample that Corel Draw 10 declares with a number of its own. */
  private void alpha() {
    Long entry = entry(TIFF.TAG_EXTRA_SAMPLES);
    if (entry != null && tiff.type(entry) == TiffBytes.SHORT && tiff.value(entry, 0) == COREL) {
      fields().putShort((int) tiff.values(entry), UNASSOCIATED);
    }
  }

  private void depths() {
    Long entry = entry(TIFF.TAG_BITS_PER_SAMPLE);
    int samples = (int) Math.min(first(TIFF.TAG_SAMPLES_PER_PIXEL, 1), MOST_SAMPLES + 1);
    if (entry == null
        || tiff.type(entry) != TiffBytes.SHORT
        || tiff.count(entry) == samples
        || samples < 1
        || samples > MOST_SAMPLES) {
      return;
    }
    short[] depths = new short[samples];
    for (int i = 0; i < samples; i++) {
      depths[i] = (short) tiff.value(entry, Math.min(i, tiff.count(entry) - 1));
    }
    boolean inside = samples * Short.BYTES <= Integer.BYTES;
    int at = inside ? (int) (long) entry + 8 : bytes.length + bytes.length % 2;
    ByteBuffer fields = fields();
    fields.putInt((int) (long) entry + 4, samples);
    if (!inside) {
      fields.putInt((int) (long) entry + 8, at);
      bytes = Arrays.copyOf(bytes, at + samples * Short.BYTES);
      fields = fields();
    }
    for (int i = 0; i < samples; i++) {
      fields.putShort(at + i * Short.BYTES, depths[i]);
    }
  }

  private void lengths() {
    Long offsets = entry(TIFF.TAG_STRIP_OFFSETS);
    Long lengths = entry(TIFF.TAG_STRIP_BYTE_COUNTS);
    if (offsets == null || lengths == null || first(TIFF.TAG_COMPRESSION, 1) != NOT_COMPRESSED) {
      return;
    }
    boolean wide = tiff.type(lengths) == TiffBytes.LONG;
    double needed = stripBytes();
    for (long i = 0; i < Math.min(tiff.count(offsets), tiff.count(lengths)); i++) {
      long left = tiff.length() - tiff.value(offsets, i);
      if (left >= needed && tiff.value(lengths, i) > left) {
        int at = (int) (tiff.values(lengths) + i * (wide ? Integer.BYTES : Short.BYTES));
        if (wide) {
          fields().putInt(at, (int) left);
        } else {
          fields().putShort(at, (short) left);
        }
      }
    }
  }

  /** What a whole strip has, as a number that claims cannot make overflow. */
  private double stripBytes() {
    long samples =
        first(TIFF.TAG_PLANAR_CONFIGURATION, 1) == ONE_PLANE_EACH
            ? 1
            : first(TIFF.TAG_SAMPLES_PER_PIXEL, 1);
    double rowBytes =
        Math.ceil(
            (double) first(TIFF.TAG_IMAGE_WIDTH, 0)
                * samples
                * first(TIFF.TAG_BITS_PER_SAMPLE, 1)
                / Byte.SIZE);
    long height = first(TIFF.TAG_IMAGE_HEIGHT, 0);
    return rowBytes * Math.min(first(TIFF.TAG_ROWS_PER_STRIP, height), height);
  }
}
