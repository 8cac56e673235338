package io.github.resnetserving.image;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A TIFF's directories. The reader loads the values of every tag of every directory, wherever they
 * lie, and allocates what the first one says of its image: so all of it must lie inside the file,
 * and no part may be claimed over and over.
 */
final class TiffCheck implements FileCheck {

  private static final int WIDTH = 256;
  private static final int HEIGHT = 257;
  private static final int BITS = 258;
  private static final int COMPRESSION = 259;
  private static final int STRIP_OFFSETS = 273;
  private static final int SAMPLES = 277;
  private static final int ROWS_PER_STRIP = 278;
  private static final int STRIP_BYTES = 279;
  private static final int TILE_WIDTH = 322;
  private static final int TILE_HEIGHT = 323;
  private static final int TILE_OFFSETS = 324;
  private static final int TILE_BYTES = 325;
  private static final int SAMPLE_FORMAT = 339;
  private static final Set<Integer> FIELDS =
      Set.of(
          WIDTH,
          HEIGHT,
          BITS,
          COMPRESSION,
          STRIP_OFFSETS,
          SAMPLES,
          ROWS_PER_STRIP,
          STRIP_BYTES,
          TILE_WIDTH,
          TILE_HEIGHT,
          TILE_OFFSETS,
          TILE_BYTES,
          SAMPLE_FORMAT);

  /** Tags whose values are offsets of further directories: SubIFDs, EXIF, GPS, interoperability. */
  private static final Set<Integer> POINTERS = Set.of(330, 34665, 34853, 40965);

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

  /** Each costs the reader some objects: a document of so many pages is no image any more. */
  private static final int MAX_DIRECTORIES = 10_000;

  private static final int MAX_SAMPLES = 6; // four inks and what is besides
  private static final int MAX_DEPTH = 16;

  /** Tiles may lie over the image's edge, with so many pixels beside so many times the image's. */
  private static final long MAX_MARGIN = 1 << 22;

  private static final int MAX_COVER = 4;

  @Override
  public byte[] checked(byte[] encoded, DecodeRules rules) throws ImageException {
    TiffBytes tiff = TiffBytes.of(encoded, 0, encoded.length).orElseThrow(TiffCheck::corrupt);
    new Walk(tiff, rules).run();
    checkImage(encoded, tiff, fields(tiff, tiff.firstDirectory()), rules);
    return encoded;
  }

  /** All directories, each once. */
  private static final class Walk {

    private final TiffBytes tiff;
    private final DecodeRules rules;
    private final BitSet seen = new BitSet(); // by offset
    private final Deque<Long> waiting = new ArrayDeque<>();
    private long claimed; // bytes of the directories and of their values so far

    Walk(TiffBytes tiff, DecodeRules rules) {
      this.tiff = tiff;
      this.rules = rules;
    }

    void run() throws ImageException {
      if (!tiff.hasDirectory(tiff.firstDirectory())) {
        throw corrupt();
      }
      add(tiff.firstDirectory());
      while (!waiting.isEmpty()) {
        directory(waiting.remove());
      }
    }

    private void add(long directory) throws ImageException {
      if (seen.get((int) directory)) {
        throw new UnreadableImageException("The TIFF image's directories form a loop.");
      }
      seen.set((int) directory);
      waiting.add(directory);
      if (seen.cardinality() > MAX_DIRECTORIES) {
        throw new ImageTooCostlyException(
            "The TIFF image has more than %d directories.".formatted(MAX_DIRECTORIES));
      }
    }

    private void directory(long directory) throws ImageException {
      int entries = tiff.claimedEntries(directory);
      if (entries > tiff.entries(directory)) {
        throw corrupt();
      }
      claim(tiff.entry(directory, entries) - directory);
      for (int i = 0; i < entries; i++) {
        entry(tiff.entry(directory, i));
      }
      long next = tiff.next(directory);
      if (next != 0) {
        if (!tiff.hasDirectory(next)) {
          throw corrupt();
        }
        add(next);
      }
    }

    private void entry(long entry) throws ImageException {
      if (tiff.isApart(entry)) {
        long bytes = tiff.valueBytes(entry);
        if (tiff.values(entry) > tiff.length() - bytes) {
          throw new UnreadableImageException(
              "Values of the TIFF image's tag %d lie outside of the file."
                  .formatted(tiff.tag(entry)));
        }
        claim(bytes);
      }
      if (POINTERS.contains(tiff.tag(entry)) && isOffsets(tiff.type(entry))) {
        for (long i = 0; i < tiff.count(entry); i++) {
          long directory = tiff.value(entry, i);
          // Metadata alone make no image unreadable, and pages may share them.
          if (tiff.hasDirectory(directory) && !seen.get((int) directory)) {
            add(directory);
          }
        }
      }
    }

    private static boolean isOffsets(int type) {
      return type == TiffBytes.LONG || type == TiffBytes.IFD;
    }

    private void claim(long bytes) throws ImageException {
      claimed += bytes;
      rules.spend(bytes);
      if (claimed > tiff.length()) {
        throw new ImageTooCostlyException(
            "The TIFF image's tags claim more bytes than the file has, some of them repeatedly.");
      }
    }
  }

  /** The entries of a directory that describe its image. */
  private static Map<Integer, Long> fields(TiffBytes tiff, long directory) {
    Map<Integer, Long> fields = new HashMap<>();
    for (int i = 0; i < tiff.entries(directory); i++) {
      long entry = tiff.entry(directory, i);
      if (FIELDS.contains(tiff.tag(entry))
          && tiff.count(entry) > 0
          && isInteger(tiff.type(entry))) {
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
    long width = first(tiff, fields.get(WIDTH), 0);
    long height = first(tiff, fields.get(HEIGHT), 0);
    rules.admit(width, height);
    int compression = (int) first(tiff, fields.get(COMPRESSION), 1);
    if (!READ.contains(compression)) {
      throw new UnsupportedImageException(
          "The TIFF image has compression %d (%s), which is not read."
              .formatted(compression, NOT_READ.getOrDefault(compression, "unknown")));
    }
    long samples = first(tiff, fields.get(SAMPLES), 1);
    if (samples < 1 || samples > MAX_SAMPLES) {
      throw new UnsupportedImageException(
          "The TIFF image has %d samples a pixel; 1 to %d are read."
              .formatted(samples, MAX_SAMPLES));
    }
    long depth = largest(tiff, fields.get(BITS), 1);
    if (depth > MAX_DEPTH || largest(tiff, fields.get(SAMPLE_FORMAT), 1) == 3) {
      throw new UnsupportedImageException(
          "The image has %d-bit or floating-point samples; 16 bits are the most.".formatted(depth));
    }
    long pixels = width * height;
    boolean tiled = fields.containsKey(TILE_WIDTH) || fields.containsKey(TILE_OFFSETS);
    if (tiled) {
      long tileWidth = first(tiff, fields.get(TILE_WIDTH), 0);
      long tileHeight = first(tiff, fields.get(TILE_HEIGHT), 0);
      rules.admit(tileWidth, tileHeight);
      long columns = Math.ceilDiv(width, tileWidth) * tileWidth;
      covers(columns * Math.ceilDiv(height, tileHeight) * tileHeight, pixels);
    } else if (first(tiff, fields.get(ROWS_PER_STRIP), height) == 0) {
      throw corrupt();
    }
    rules.reserve(pixels * (samples * Math.ceilDiv(depth, Byte.SIZE) + 3));
    @Nullable Long offsets = fields.get(tiled ? TILE_OFFSETS : STRIP_OFFSETS);
    @Nullable Long lengths = fields.get(tiled ? TILE_BYTES : STRIP_BYTES);
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
        throw new ImageTooCostlyException(
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

  private static void covers(long covered, long pixels) throws ImageTooCostlyException {
    if (covered > MAX_COVER * pixels + MAX_MARGIN) {
      throw new ImageTooCostlyException(
          "The TIFF image's tiles have %d pixels, and it has only %d itself."
              .formatted(covered, pixels));
    }
  }

  private static long first(TiffBytes tiff, @Nullable Long entry, long otherwise) {
    return entry == null ? otherwise : tiff.value(entry, 0);
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

  private static UnreadableImageException corrupt() {
    return new UnreadableImageException("The TIFF image is truncated or corrupt.");
  }
}
