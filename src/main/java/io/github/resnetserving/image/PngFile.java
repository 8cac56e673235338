package io.github.resnetserving.image;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * A PNG's chunks, with checksums verified for all that matter here. The compressed data stay where
 * they are: {@link DataChunks} walks over them once more, so that a file of a million chunks costs
 * what its bytes cost.
 *
 * @param depth bits a sample: 1, 2, 4, 8 or 16
 * @param color 0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGB with alpha
 * @param palette (entries, 3) RGB, at most 256 entries, empty where there is none
 * @param transparency content of tRNS, at most 256 bytes, empty where there is none
 * @param firstData where the first data chunk begins
 * @param end where the walk over the chunks ends
 * @param dataBytes of all data chunks together
 * @param ended whether a whole end chunk follows them
 */
@SuppressWarnings("ArrayRecordComponent") // private to the decoder, which only reads them
record PngFile(
    int width,
    int height,
    int depth,
    int color,
    boolean interlaced,
    byte[] palette,
    byte[] transparency,
    int firstData,
    int end,
    long dataBytes,
    boolean ended,
    Orientation orientation) {

  private static final int SIGNATURE = 8;
  private static final int IHDR = 0x49484452;
  private static final int PLTE = 0x504c5445;
  private static final int IDAT = 0x49444154;
  private static final int IEND = 0x49454e44;
  private static final int TRNS = 0x74524e53;

  private static final int CGBI = 0x43674249;

  private static final int OVERHEAD = 12; // of a chunk: length, type, checksum
  private static final int COLORS = 256;

  /** Reads every chunk up to the end chunk, or to where the file ends after its data chunks. */
  static PngFile parse(byte[] encoded, DecodeRules rules) throws ImageException {
    return new Parser(encoded, rules).parse();
  }

  /** Iterates once over the chunks. */
  private static final class Parser {

    private final byte[] encoded;
    private final DecodeRules rules;
    private final ByteBuffer in;
    private final CRC32 crc = new CRC32();
    private byte[] palette = {};
    private byte[] transparency = {};
    private final PngMetadata metadata;
    private int firstData;
    private long dataBytes;

    Parser(byte[] encoded, DecodeRules rules) {
      this.encoded = encoded;
      this.rules = rules;
      this.in = ByteBuffer.wrap(encoded);
      this.metadata = new PngMetadata(encoded);
    }

    PngFile parse() throws ImageException {
      int at = SIGNATURE;
      boolean ended = false;
      boolean sound = false; // the end chunk
      while (!ended && isWhole(at)) {
        int length = in.getInt(at);
        int type = in.getInt(at + 4);
        if (at == SIGNATURE && type == CGBI) {
          throw new ImageException.Unsupported(
              "The PNG image is in a form for Apple's devices alone (CgBI), which is not read.");
        }
        if ((at == SIGNATURE) != (type == IHDR) || (type == IHDR && length != 13)) {
          throw new ImageException.Unreadable("The PNG image does not begin with one header.");
        }
        if (matters(type)) {
          verify(at + 4, length + 4);
        }
        chunk(type, at, length);
        rules.spend(OVERHEAD + length);
        ended = type == IEND;
        sound = ended && isSound(at + 4, length + 4);
        at += OVERHEAD + length;
      }
      return file(at, sound);
    }

    /**
     * Whether a whole chunk follows. Where data chunks have been, what is missing of a later chunk
     * is no pixel: such files are shown by browsers and by Pillow.
     */
    private boolean isWhole(int at) throws ImageException.Unreadable {
      int left = encoded.length - at;
      int length = left < 4 ? -1 : in.getInt(at);
      boolean whole = length >= 0 && length <= left - OVERHEAD;
      if (!whole && (firstData == 0 || (left >= 8 && in.getInt(at + 4) == IDAT))) {
        throw new ImageException.Unreadable("The PNG image is truncated.");
      }
      return whole;
    }

    private void chunk(int type, int at, int length) {
      int content = at + 8;
      switch (type) {
        case PLTE -> palette = copy(content, Math.min(length, COLORS * 3));
        case TRNS -> transparency = copy(content, Math.min(length, COLORS));
        case IDAT -> {
          firstData = firstData == 0 ? at : firstData;
          dataBytes += length;
        }
        default -> metadata.chunk(type, content, length);
      }
    }

    private byte[] copy(int from, int length) {
      return Arrays.copyOfRange(encoded, from, from + length);
    }

    /** Critical chunks (upper-case first letter) and those of the others that are used. */
    private static boolean matters(int type) {
      return ((type & 0x20000000) == 0 && type != IEND) || type == TRNS;
    }

    private boolean isSound(int from, int length) {
      crc.reset();
      crc.update(encoded, from, length);
      return (int) crc.getValue() == in.getInt(from + length);
    }

    private void verify(int from, int length) throws ImageException.Unreadable {
      if (!isSound(from, length)) {
        throw new ImageException.Unreadable("A checksum of the PNG image is wrong.");
      }
    }

    private PngFile file(int end, boolean ended) throws ImageException.Unreadable {
      int header = SIGNATURE + 8;
      int depth = in.get(header + 8);
      int color = in.get(header + 9);
      boolean valid =
          switch (color) {
            case 0 -> depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
            case 3 -> (depth == 1 || depth == 2 || depth == 4 || depth == 8) && palette.length >= 3;
            case 2, 4, 6 -> depth == 8 || depth == 16;
            default -> false;
          };
      int interlace = in.get(header + 12);
      if (!valid || interlace < 0 || interlace > 1 || in.getShort(header + 10) != 0) {
        throw new ImageException.Unreadable("The PNG image's header is corrupt.");
      }
      return new PngFile(
          in.getInt(header),
          in.getInt(header + 4),
          depth,
          color,
          interlace == 1,
          palette,
          transparency,
          firstData == 0 ? end : firstData,
          end,
          dataBytes,
          ended,
          metadata.orientation());
    }
  }

  /** The data chunks of a file in order, one at a time. Not thread-safe. */
  static final class DataChunks {

    private final ByteBuffer in;
    private final int end;
    private int at; // the chunk that is looked at next
    private int offset;
    private int length;

    DataChunks(byte[] encoded, PngFile file) {
      this.in = ByteBuffer.wrap(encoded);
      this.at = file.firstData;
      this.end = file.end;
    }

    /** Goes to the next one; false if there is none. */
    boolean next() {
      while (at < end) {
        offset = at + 8;
        length = in.getInt(at);
        at = offset + length + 4;
        if (in.getInt(offset - 4) == IDAT) {
          return true;
        }
      }
      return false;
    }

    /** Offset of the chunk's content. */
    int offset() {
      return offset;
    }

    /** Bytes of content. */
    int length() {
      return length;
    }
  }

  int samplesPerPixel() {
    return switch (color) {
      case 2 -> 3;
      case 4 -> 2;
      case 6 -> 4;
      default -> 1;
    };
  }

  int bitsPerPixel() {
    return depth * samplesPerPixel();
  }

  /** Bytes of a row of so many pixels, unfiltered and without its filter type. */
  int rowBytes(int columns) {
    return (int) (((long) columns * bitsPerPixel() + 7) / 8);
  }
}
