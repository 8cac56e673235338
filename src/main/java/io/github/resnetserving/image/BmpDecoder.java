package io.github.resnetserving.image;

import io.github.resnetserving.image.Background.Alpha;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/**
 * BMP through the JDK's reader, which believes the headers: it allocates what they claim, and hands
 * other formats that they embed to every reader that is registered. So they are checked before.
 * Sizes that matter to no other decoder are made right in a copy, as other programs ignore them,
 * and a colour profile is left out, since profiles are ignored here. Thread-safe: a reader is made
 * for each image.
 */
final class BmpDecoder implements Decoder {

  private static final int FILE_HEADER = 14;
  private static final int SIZE_OF_FILE = 2;
  private static final int DATA_OFFSET = 10;
  private static final int COMPRESSION = 30;
  private static final int SIZE_OF_DATA = 34;
  private static final int COLORS_USED = 46;
  private static final int COLOR_SPACE = 70;

  private static final int CORE = 12; // bytes of the headers that are read
  private static final int INFO = 40;
  private static final int OS2 = 64; // OS/2 2.x, whose first 40 bytes are those of INFO
  private static final Set<Integer> HEADERS = Set.of(CORE, INFO, 52, 56, OS2, 108, 124);
  private static final Set<Integer> DEPTHS = Set.of(1, 4, 8, 16, 24, 32);
  private static final int SRGB = 0x73524742;

  private static final int PLAIN = 0;
  private static final int RLE8 = 1;
  private static final int RLE4 = 2;
  private static final int BIT_FIELDS = 3;

  /** Bytes for each pixel of the reader's raster and of its rows while they are unpacked. */
  private static final int RASTER = 5;

  @Override
  public Decoded decode(byte[] encoded, DecodeRules rules, DecodeBuffers workspace)
      throws ImageException {
    Set<ImageNote> notes = EnumSet.noneOf(ImageNote.class);
    byte[] checked = checked(encoded, rules, notes);
    try {
      BufferedImage image = ImageReaders.BMP.image(checked, rules);
      return new Decoded(
          BufferedImages.toRgb(image, Alpha.STRAIGHT, rules.background(), workspace),
          Orientation.UPRIGHT,
          ImageNote.setOf(notes));
    } catch (IOException e) {
      throw new ImageException.Unreadable("The BMP image is truncated or corrupt.", e);
    }
  }

  /**
   * Checks a file.
   *
   * @param original not modified
   * @param notes receives what is odd about it
   * @return what the reader is to read: the same array, or a copy whose header it understands
   */
  private static byte[] checked(byte[] original, DecodeRules rules, Set<ImageNote> notes)
      throws ImageException {
    byte[] encoded = asWindowsHasIt(original);
    ByteBuffer in = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
    int header = encoded.length < FILE_HEADER + CORE ? 0 : in.getInt(FILE_HEADER);
    if (header > encoded.length - FILE_HEADER || header == 0) {
      throw truncated();
    }
    if (!HEADERS.contains(header) || header == OS2) {
      throw new ImageException.Unsupported(
          "The BMP image has a header of %d bytes, which is not read."
              .formatted(Integer.toUnsignedLong(header)));
    }
    boolean core = header == CORE;
    long width = core ? in.getShort(18) : in.getInt(18);
    long height = Math.abs(core ? in.getShort(20) : (long) in.getInt(22));
    rules.admit(width, height);
    int depth = in.getShort(core ? 24 : 28);
    int compression = core ? PLAIN : in.getInt(COMPRESSION);
    readable(depth, compression);
    long offset = Integer.toUnsignedLong(in.getInt(DATA_OFFSET));
    long available = encoded.length - offset;
    if (offset < FILE_HEADER + header || available < 1) {
      throw truncated();
    }
    if (compression == PLAIN || compression == BIT_FIELDS) {
      long row = Math.ceilDiv(width * depth, Integer.SIZE) * Integer.BYTES;
      long lastRow = Math.ceilDiv(width * depth, Byte.SIZE);
      if (row * (height - 1) + lastRow > available) {
        throw truncated();
      }
    }
    boolean runs = compression == RLE8 || compression == RLE4;
    if (runs && !Runs.isEnded(encoded, (int) offset, compression == RLE4, width, height, rules)) {
      notes.add(ImageNote.END_MARKER_MISSING);
    }
    rules.reserve(encoded.length + width * height * (RASTER + 3));
    return corrected(encoded, header, depth, (int) available);
  }

  /** A file of OS/2 2.x without what its header has behind that of Windows. */
  private static byte[] asWindowsHasIt(byte[] encoded) {
    ByteBuffer in = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
    if (encoded.length < FILE_HEADER + OS2
        || in.getInt(FILE_HEADER) != OS2
        || in.getInt(COMPRESSION) > RLE4) {
      return encoded;
    }
    int more = OS2 - INFO;
    byte[] copy = new byte[encoded.length - more];
    System.arraycopy(encoded, 0, copy, 0, FILE_HEADER + INFO);
    int rest = FILE_HEADER + INFO;
    System.arraycopy(encoded, rest + more, copy, rest, copy.length - rest);
    ByteBuffer fields = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
    fields.putInt(FILE_HEADER, INFO).putInt(DATA_OFFSET, in.getInt(DATA_OFFSET) - more);
    return copy;
  }

  private static void readable(int depth, int compression) throws ImageException {
    boolean fits =
        switch (compression) {
          case PLAIN -> DEPTHS.contains(depth);
          case RLE8 -> depth == 8;
          case RLE4 -> depth == 4;
          case BIT_FIELDS -> depth == 16 || depth == 32;
          case 4 -> throw embeds("JPEG");
          case 5 -> throw embeds("PNG");
          default -> false;
        };
    if (!fits) {
      throw new ImageException.Unsupported(
          "The BMP image has %d bits a pixel with compression %d, which is not read."
              .formatted(depth & 0xffff, Integer.toUnsignedLong(compression)));
    }
  }

  private static ImageException.Unsupported embeds(String format) {
    return new ImageException.Unsupported(
        "The BMP image embeds a %s image, which is not read.".formatted(format));
  }

  /** The file, or a copy where fields that the reader need not believe would lead it astray. */
  private static byte[] corrected(byte[] encoded, int header, int depth, int available) {
    byte[] head = Arrays.copyOf(encoded, FILE_HEADER + header);
    ByteBuffer fields = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    fields.putInt(SIZE_OF_FILE, encoded.length);
    if (header >= INFO) {
      int claimed = fields.getInt(SIZE_OF_DATA);
      fields.putInt(SIZE_OF_DATA, claimed > 0 && claimed <= available ? claimed : available);
      if (depth > 8) {
        fields.putInt(COLORS_USED, 0); // a palette for other programs' screens
      }
    }
    if (header > COLOR_SPACE - FILE_HEADER) {
      fields.putInt(COLOR_SPACE, SRGB);
    }
    if (Arrays.equals(head, 0, head.length, encoded, 0, head.length)) {
      return encoded;
    }
    byte[] whole = encoded.clone();
    System.arraycopy(head, 0, whole, 0, head.length);
    return whole;
  }

  private static ImageException.Unreadable truncated() {
    return new ImageException.Unreadable("The BMP image is truncated or corrupt.");
  }

  /**
   * Whether the runs of a compressed BMP reach its last row. The JDK's reader leaves black what is
   * missing and does not say so.
   */
  private static final class Runs {

    // After a zero: what the second byte means, where it is no length of plain indices.
    private static final int END_OF_ROW = 0;
    private static final int END = 1;
    private static final int DELTA = 2;

    /**
     * Goes over the runs, whose length is that of the file at most.
     *
     * @param offset where they begin
     * @param half whether an index has four bits, else eight
     * @return whether an end mark follows the last row
     * @throws ImageException.Unreadable if the file ends before the last row does
     */
    static boolean isEnded(
        byte[] bmp, int offset, boolean half, long width, long height, DecodeRules rules)
        throws ImageException {
      long x = 0;
      long y = 0;
      int at = offset;
      while (at + 1 < bmp.length) {
        int count = bmp[at] & 0xff;
        int second = bmp[at + 1] & 0xff;
        at += 2;
        rules.spend(2);
        if (count > 0) {
          x += count;
        } else if (second == END_OF_ROW) {
          x = 0;
          y++;
        } else if (second == END) {
          return true;
        } else if (second == DELTA) {
          x += at < bmp.length ? bmp[at] & 0xff : 0;
          y += at + 1 < bmp.length ? bmp[at + 1] & 0xff : 0;
          at += 2;
        } else {
          x += second;
          int bytes = half ? (second + 1) / 2 : second;
          at += bytes + (bytes & 1); // to a whole word
          rules.spend(bytes);
        }
      }
      if (at > bmp.length || y < height - 1 || (y == height - 1 && x < width)) {
        throw new ImageException.Unreadable(
            "The BMP image is truncated: its last rows are missing.");
      }
      return false;
    }
  }
}
