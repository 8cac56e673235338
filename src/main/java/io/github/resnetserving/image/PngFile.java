package io.github.resnetserving.image;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/**
 * A PNG's chunks, with checksums verified for all that matter here.
 *
 * @param depth bits a sample: 1, 2, 4, 8 or 16
 * @param color 0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGB with alpha
 * @param palette (entries, 3) RGB, empty where there is none
 * @param transparency content of tRNS, empty where there is none
 * @param dataChunks where the compressed data lie, in order
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
    List<Chunk> dataChunks,
    Orientation orientation) {

  /** A chunk's content. */
  record Chunk(int offset, int length) {}

  private static final int SIGNATURE = 8;
  private static final int IHDR = 0x49484452;
  private static final int PLTE = 0x504c5445;
  private static final int IDAT = 0x49444154;
  private static final int IEND = 0x49454e44;
  private static final int TRNS = 0x74524e53;
  private static final int EXIF = 0x65584966;

  /** Reads every chunk up to the end chunk: a file without one is truncated. */
  static PngFile parse(byte[] encoded) throws ImageException {
    ByteBuffer in = ByteBuffer.wrap(encoded);
    byte[] palette = {};
    byte[] transparency = {};
    Orientation orientation = Orientation.UPRIGHT;
    List<Chunk> data = new ArrayList<>();
    int at = SIGNATURE;
    boolean first = true;
    while (true) {
      if (encoded.length - at < 12) {
        throw new UnreadableImageException("The PNG image is truncated.");
      }
      int length = in.getInt(at);
      int type = in.getInt(at + 4);
      if (length < 0 || length > encoded.length - at - 12) {
        throw new UnreadableImageException("The PNG image is truncated.");
      }
      if (first != (type == IHDR) || (first && length != 13)) {
        throw new UnreadableImageException("The PNG image does not begin with one header.");
      }
      first = false;
      int content = at + 8;
      if (matters(type)) {
        verify(encoded, at + 4, length + 4, in.getInt(content + length));
      }
      switch (type) {
        case PLTE -> palette = Arrays.copyOfRange(encoded, content, content + length);
        case TRNS -> transparency = Arrays.copyOfRange(encoded, content, content + length);
        case EXIF -> orientation = Exif.orientation(encoded, content, length);
        case IDAT -> data.add(new Chunk(content, length));
        case IEND -> {
          return of(in, palette, transparency, List.copyOf(data), orientation);
        }
        default -> {}
      }
      at = content + length + 4;
    }
  }

  /** Critical chunks (upper-case first letter) and those of the others that are used. */
  private static boolean matters(int type) {
    return (type & 0x20000000) == 0 || type == TRNS;
  }

  private static void verify(byte[] encoded, int from, int length, int expected)
      throws UnreadableImageException {
    CRC32 crc = new CRC32();
    crc.update(encoded, from, length);
    if ((int) crc.getValue() != expected) {
      throw new UnreadableImageException("A checksum of the PNG image is wrong.");
    }
  }

  private static PngFile of(
      ByteBuffer in, byte[] palette, byte[] transparency, List<Chunk> data, Orientation orientation)
      throws UnreadableImageException {
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
      throw new UnreadableImageException("The PNG image's header is corrupt.");
    }
    return new PngFile(
        in.getInt(header),
        in.getInt(header + 4),
        depth,
        color,
        interlace == 1,
        palette,
        transparency,
        data,
        orientation);
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
}
