package io.github.resnetserving.image;

import com.twelvemonkeys.imageio.metadata.tiff.TIFF;
import io.github.resnetserving.image.Background.Alpha;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A TIFF's first directory. The reader loads the values of every tag, wherever they lie, and
 * allocates what the directory says of its image: so all of it must lie inside the file, and no
 * part may be claimed over and over. {@link TiffRepair} hides other directories from the reader.
 */
final class TiffCheck {

  private static final Set<Integer> FIELDS =
      Set.of(
          TIFF.TAG_IMAGE_WIDTH,
          TIFF.TAG_IMAGE_HEIGHT,
          TIFF.TAG_BITS_PER_SAMPLE,
          TIFF.TAG_COMPRESSION,
          TIFF.TAG_PHOTOMETRIC_INTERPRETATION,
          TIFF.TAG_STRIP_OFFSETS,
          TIFF.TAG_SAMPLES_PER_PIXEL,
          TIFF.TAG_ROWS_PER_STRIP,
          TIFF.TAG_STRIP_BYTE_COUNTS,
          TIFF.TAG_TILE_WIDTH,
          TIFF.TAG_TILE_HEIGTH,
          TIFF.TAG_TILE_OFFSETS,
          TIFF.TAG_TILE_BYTE_COUNTS,
          TIFF.TAG_EXTRA_SAMPLES,
          TIFF.TAG_SAMPLE_FORMAT);

  // Values of TIFF.TAG_EXTRA_SAMPLES; 0 is a sample that is not specified.
  private static final int ASSOCIATED = 1;
  private static final int UNASSOCIATED = 2;

  private static final int JPEG = 7;
  private static final Map<Integer, String> NOT_READ =
      Map.of(
          6, "old-style JPEG",
          34661, "JBIG",
          34712, "JPEG 2000",
          34887, "LERC",
          34925, "LZMA",
          50000, "Zstandard",
          50001, "WebP",
          50002, "JPEG XL",
          52546, "JPEG XL");

  /** None, three of CCITT's, LZW, JPEG, Deflate by two numbers, PackBits. */
  private static final Set<Integer> READ = Set.of(1, 2, 3, 4, 5, JPEG, 8, 32771, 32773, 32946);

  /** Meanings of the samples that are read: gray by two numbers, RGB, palette, CMYK, YCbCr, Lab. */
  private static final Set<Integer> MEANINGS = Set.of(0, 1, 2, 3, 5, 6, 8);

  private static final Map<Integer, String> MEANINGS_NOT_READ =
      Map.of(
          4, "transparency mask",
          9, "ICC L*a*b*",
          10, "ITU L*a*b*",
          32803, "colour filter array, as in raw files of cameras",
          32844, "LogL",
          32845, "LogLuv",
          34892, "linear raw, as in raw files of cameras");

  private static final int PALETTE = 3; // TIFF.TAG_PHOTOMETRIC_INTERPRETATION
  private static final int LAB = 8;
  private static final int SIGNED =
      2; // TIFF.TAG_SAMPLE_FORMAT; 8 bits of them are read as if unsigned
  private static final int MAX_SAMPLES = 6; // four inks and what is besides
  private static final int MAX_DEPTH = 16;

  /** Tiles may lie over the image's edge, with so many pixels beside so many times the image's. */
  private static final long MAX_MARGIN = 1 << 22;

  private static final int MAX_COVER = 4;

  /**
   * What the samples of a pixel are.
   *
   * @param alpha what the sample behind the colours is, if there is one
   * @param lab whether the colours are CIE L*a*b*, of three bytes
   * @param file what the reader is to read: the same bytes, or a copy that it understands
   */
  @SuppressWarnings("ArrayRecordComponent") // private to the decoder, which only reads it
  record Samples(Alpha alpha, boolean lab, byte[] file) {}

  private TiffCheck() {}

  /**
   * Checks a file before the reader sees it.
   *
   * @param tiff the same bytes
   */
  static Samples check(byte[] encoded, TiffBytes tiff, DecodeRules rules) throws ImageException {
    checkClaims(tiff, rules);
    byte[] readable = TiffRepair.repaired(encoded, tiff);
    TiffBytes repaired = TiffBytes.of(readable, 0, readable.length).orElseThrow(TiffCheck::corrupt);
    Map<Integer, Long> fields = fields(repaired, repaired.firstDirectory());
    checkImage(readable, repaired, fields, rules);
    return new Samples(
        alpha(repaired, fields),
        repaired.first(fields.get(TIFF.TAG_PHOTOMETRIC_INTERPRETATION), 0) == LAB,
        readable);
  }

  /** A file that does not say what its last sample is means alpha, as Pillow has it. */
  private static Alpha alpha(TiffBytes tiff, Map<Integer, Long> fields) {
    return switch ((int) tiff.first(fields.get(TIFF.TAG_EXTRA_SAMPLES), UNASSOCIATED)) {
      case ASSOCIATED -> Alpha.PREMULTIPLIED;
      case UNASSOCIATED -> Alpha.STRAIGHT;
      default -> Alpha.NONE;
    };
  }

  /** The first directory and its values: all inside the file, and no part claimed repeatedly. */
  private static void checkClaims(TiffBytes tiff, DecodeRules rules) throws ImageException {
    long directory = tiff.firstDirectory();
    if (!tiff.hasDirectory(directory) || tiff.claimedEntries(directory) > tiff.entries(directory)) {
      throw corrupt();
    }
    int entries = tiff.entries(directory);
    long claimed = tiff.entry(directory, entries) - directory;
    for (int i = 0; i < entries; i++) {
      long entry = tiff.entry(directory, i);
      if (tiff.isApart(entry)) {
        long bytes = tiff.valueBytes(entry);
        if (tiff.values(entry) > tiff.length() - bytes) {
          throw new ImageException.Unreadable(
              "Values of the TIFF image's tag %d lie outside of the file."
                  .formatted(tiff.tag(entry)));
        }
        claimed += bytes;
        rules.spend(bytes);
      }
      if (claimed > tiff.length()) {
        throw new ImageException.TooCostly(
            "The TIFF image's tags claim more bytes than the file has, some of them repeatedly.");
      }
    }
  }

  /**
   * The entries of a directory that describe its image. Numbers of another type than the standard's
   * are refused: the decoder reads them, and would not read what is checked here.
   */
  private static Map<Integer, Long> fields(TiffBytes tiff, long directory)
      throws ImageException.Unreadable {
    Map<Integer, Long> fields = new HashMap<>();
    for (int i = 0; i < tiff.entries(directory); i++) {
      long entry = tiff.entry(directory, i);
      if (FIELDS.contains(tiff.tag(entry)) && tiff.count(entry) > 0) {
        if (!isInteger(tiff.type(entry))) {
          throw corrupt();
        }
        fields.putIfAbsent(tiff.tag(entry), entry);
      }
    }
    return fields;
  }

  private static boolean isInteger(int type) {
    return type == 1 || type == TiffBytes.SHORT || type == TiffBytes.LONG;
  }

  private static void checkImage(
      byte[] encoded, TiffBytes tiff, Map<Integer, Long> fields, DecodeRules rules)
      throws ImageException {
    long width = tiff.first(fields.get(TIFF.TAG_IMAGE_WIDTH), 0);
    long height = tiff.first(fields.get(TIFF.TAG_IMAGE_HEIGHT), 0);
    rules.admit(width, height);
    int compression = (int) tiff.first(fields.get(TIFF.TAG_COMPRESSION), 1);
    if (!READ.contains(compression)) {
      throw new ImageException.Unsupported(
          "The TIFF image has compression %d (%s), which is not read."
              .formatted(compression, NOT_READ.getOrDefault(compression, "unknown")));
    }
    int meaning = (int) tiff.first(fields.get(TIFF.TAG_PHOTOMETRIC_INTERPRETATION), 0);
    if (!MEANINGS.contains(meaning)) {
      throw new ImageException.Unsupported(
          "The TIFF image has photometric interpretation %d (%s), which is not read."
              .formatted(meaning, MEANINGS_NOT_READ.getOrDefault(meaning, "unknown")));
    }
    long samples = tiff.first(fields.get(TIFF.TAG_SAMPLES_PER_PIXEL), 1);
    if (samples < 1 || samples > MAX_SAMPLES) {
      throw new ImageException.Unsupported(
          "The TIFF image has %d samples a pixel; 1 to %d are read."
              .formatted(samples, MAX_SAMPLES));
    }
    if (meaning == PALETTE && samples != 1) {
      throw new ImageException.Unsupported(
          "The TIFF image has a palette and %d samples a pixel, which is not read."
              .formatted(samples));
    }
    boolean gray = meaning == 0 || meaning == 1;
    if (gray && samples > 2) {
      throw new ImageException.Unsupported(
          "The TIFF image has %d samples a pixel of gray; 1 and 2 are read.".formatted(samples));
    }
    long depth = largest(tiff, fields.get(TIFF.TAG_BITS_PER_SAMPLE), 1);
    if (depth > MAX_DEPTH || largest(tiff, fields.get(TIFF.TAG_SAMPLE_FORMAT), 1) == 3) {
      throw new ImageException.Unsupported(
          "The image has %d-bit or floating-point samples; 16 bits are the most.".formatted(depth));
    }
    if (depth > Byte.SIZE && largest(tiff, fields.get(TIFF.TAG_SAMPLE_FORMAT), 1) == SIGNED) {
      throw new ImageException.Unsupported(
          "The TIFF image has signed samples of %d bits, which are not read.".formatted(depth));
    }
    if (depth != smallest(tiff, fields.get(TIFF.TAG_BITS_PER_SAMPLE), 1)) {
      throw new ImageException.Unsupported(
          "The TIFF image has samples of different depths, which are not read.");
    }
    if (meaning == LAB && (depth != Byte.SIZE || samples < 3)) {
      throw new ImageException.Unsupported(
          "The TIFF image has L*a*b* colours of %d x %d bits; 3 x 8 are read."
              .formatted(samples, depth));
    }
    long pixels = width * height;
    boolean tiled =
        fields.containsKey(TIFF.TAG_TILE_WIDTH) || fields.containsKey(TIFF.TAG_TILE_OFFSETS);
    if (tiled) {
      long tileWidth = tiff.first(fields.get(TIFF.TAG_TILE_WIDTH), 0);
      long tileHeight = tiff.first(fields.get(TIFF.TAG_TILE_HEIGTH), 0);
      rules.admit(tileWidth, tileHeight);
      long columns = Math.ceilDiv(width, tileWidth) * tileWidth;
      covers(columns * Math.ceilDiv(height, tileHeight) * tileHeight, pixels);
    } else if (tiff.first(fields.get(TIFF.TAG_ROWS_PER_STRIP), height) == 0) {
      throw corrupt();
    }
    rules.reserve(pixels * (samples * Math.ceilDiv(depth, Byte.SIZE) + 3));
    @Nullable Long offsets = fields.get(tiled ? TIFF.TAG_TILE_OFFSETS : TIFF.TAG_STRIP_OFFSETS);
    @Nullable Long lengths =
        fields.get(tiled ? TIFF.TAG_TILE_BYTE_COUNTS : TIFF.TAG_STRIP_BYTE_COUNTS);
    if (offsets == null) {
      throw corrupt();
    }
    checkPieces(encoded, tiff, offsets, lengths, compression == JPEG, pixels, rules);
  }

  /** Strips or tiles: inside the file, and together no more than it. */
  private static void checkPieces(
      byte[] encoded,
      TiffBytes tiff,
      long offsets,
      @Nullable Long lengths,
      boolean jpeg,
      long pixels,
      DecodeRules rules)
      throws ImageException {
    long claimed = 0;
    long jpegPixels = 0;
    for (long i = 0; i < tiff.count(offsets); i++) {
      long from = tiff.value(offsets, i);
      long length = lengths != null && i < tiff.count(lengths) ? tiff.value(lengths, i) : 0;
      claimed += length;
      rules.spend(1);
      if (from > tiff.length() - length || (length == 0 && from == tiff.length())) {
        throw corrupt();
      }
      if (claimed > tiff.length()) {
        throw new ImageException.TooCostly(
            "The TIFF image's strips claim more bytes than the file has, some of them repeatedly.");
      }
      if (jpeg && length > 0) {
        byte[] piece = Arrays.copyOfRange(encoded, (int) from, (int) (from + length));
        JpegFile file = JpegFile.parse(piece, rules);
        jpegPixels += (long) file.width() * file.height();
        covers(jpegPixels, pixels);
      }
    }
  }

  private static void covers(long covered, long pixels) throws ImageException.TooCostly {
    if (covered > MAX_COVER * pixels + MAX_MARGIN) {
      throw new ImageException.TooCostly(
          "The TIFF image's tiles have %d pixels, and it has only %d itself."
              .formatted(covered, pixels));
    }
  }

  private static long smallest(TiffBytes tiff, @Nullable Long entry, long otherwise) {
    if (entry == null) {
      return otherwise;
    }
    long smallest = Long.MAX_VALUE;
    for (long i = 0; i < tiff.count(entry); i++) {
      smallest = Math.min(smallest, tiff.value(entry, i));
    }
    return smallest;
  }

  private static long largest(TiffBytes tiff, @Nullable Long entry, long otherwise) {
    if (entry == null) {
      return otherwise;
    }
    long largest = 0;
    for (long i = 0; i < tiff.count(entry); i++) {
      largest = Math.max(largest, tiff.value(entry, i));
    }
    return largest;
  }

  static ImageException.Unreadable corrupt() {
    return new ImageException.Unreadable("The TIFF image is truncated or corrupt.");
  }
}
