package io.github.resnetserving.image;

import io.github.resnetserving.image.Bitmap.Window;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A WebP's chunks (RFC 9649, section 2), and its first image as a file of its own.
 *
 * @param width columns of the canvas
 * @param height rows of the canvas
 * @param still a WebP file without animation
 * @param place of the still image on the canvas
 * @param opaque whether it can have no transparent pixel
 */
@SuppressWarnings("ArrayRecordComponent") // private to the decoder, which only reads them
record WebpFile(
    int width, int height, byte[] still, Window place, boolean opaque, Orientation orientation) {

  private static final int SMALL = 1 << 13; // bytes: 10 MB and a tenth of a second
  private static final int RIFF_HEADER = 12;
  private static final int CHUNK_HEADER = 8;
  private static final int FRAME_HEADER = 16;

  private static final int VP8 = fourcc("VP8 ");
  private static final int VP8L = fourcc("VP8L");
  private static final int VP8X = fourcc("VP8X");
  private static final int ALPH = fourcc("ALPH");
  private static final int ANMF = fourcc("ANMF");
  private static final int EXIF = fourcc("EXIF");
  private static final int XMP = fourcc("XMP ");

  // Flags of the extended header: metadata that it does not announce are none.
  private static final int HAS_XMP = 0x04;
  private static final int HAS_EXIF = 0x08;

  private static int fourcc(String name) {
    return ByteBuffer.wrap(name.getBytes(StandardCharsets.US_ASCII))
        .order(ByteOrder.LITTLE_ENDIAN)
        .getInt();
  }

  static WebpFile parse(byte[] encoded, DecodeRules rules) throws ImageException {
    ByteBuffer in = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
    long end = Integer.toUnsignedLong(in.getInt(4)) + 8;
    if (end > encoded.length) {
      throw truncated();
    }
    Optional<Orientation> exif = Optional.empty();
    Optional<Orientation> xmp = Optional.empty();
    int flags = 0;
    boolean alpha = false; // of a lossy image, in a chunk before it
    @Nullable WebpFile first = null;
    int[] canvas = {};
    int at = RIFF_HEADER;
    while (at + CHUNK_HEADER <= end) {
      int type = in.getInt(at);
      int length = in.getInt(at + 4);
      int content = at + CHUNK_HEADER;
      if (length < 0 || length > end - content) {
        throw truncated();
      }
      if (type == VP8X && length >= 10) {
        canvas = new int[] {u24(in, content + 4) + 1, u24(in, content + 7) + 1};
        flags = in.get(content);
      } else if (type == ALPH) {
        alpha = true;
      } else if (type == EXIF && (flags & HAS_EXIF) != 0) {
        exif = exif.or(() -> Exif.orientation(encoded, content, length));
      } else if (type == XMP && (flags & HAS_XMP) != 0) {
        xmp = xmp.or(() -> Xmp.orientation(encoded, content, length));
      } else if (first == null && type == ANMF && length >= FRAME_HEADER && canvas.length == 2) {
        first = frame(encoded, content, length, canvas);
      } else if (first == null && (type == VP8 || type == VP8L)) {
        int[] size = canvas.length == 2 ? canvas : size(in, type, content, length);
        first =
            new WebpFile(
                size[0],
                size[1],
                encoded,
                new Window(0, 0, size[0], size[1]),
                type == VP8 && !alpha,
                Orientation.UPRIGHT);
      }
      rules.spend(CHUNK_HEADER + length);
      at = content + length + (length & 1);
    }
    if (first == null) {
      throw new ImageException.Unreadable("The WEBP image has no frame.");
    }
    Orientation orientation = exif.orElse(xmp.orElse(Orientation.UPRIGHT));
    return new WebpFile(
        first.width, first.height, first.still, first.place, first.opaque, orientation);
  }

  /**
   * Whether the file is small, or its first image is lossy and has no transparency. Others may have
   * 65,536 sets of codes in 300 kB, for which libwebp takes 340 MB and seconds, in one call that
   * nothing can end. The smallest set has some four bytes, so that a small file has few.
   */
  static boolean isQuick(byte[] encoded) {
    return encoded.length <= SMALL || isPlainLossy(encoded);
  }

  private static boolean isPlainLossy(byte[] encoded) {
    ByteBuffer in = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
    long at = RIFF_HEADER;
    while (at + CHUNK_HEADER <= encoded.length) {
      int type = in.getInt((int) at);
      if (type == VP8 || type == VP8L || type == ALPH || type == ANMF) {
        return type == VP8;
      }
      long length = Integer.toUnsignedLong(in.getInt((int) at + 4));
      at += CHUNK_HEADER + length + (length & 1);
    }
    return false;
  }

  /** Columns and rows of an image's own header. */
  static int[] size(ByteBuffer in, int type, int content, int length)
      throws ImageException.Unreadable {
    if (length < 10) {
      throw truncated();
    }
    if (type == VP8) {
      return new int[] {in.getShort(content + 6) & 0x3fff, in.getShort(content + 8) & 0x3fff};
    }
    int bits = in.getInt(content + 1);
    return new int[] {(bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1};
  }

  /** The first frame, made a file by an extended header that admits transparency. */
  private static WebpFile frame(byte[] encoded, int content, int length, int[] canvas)
      throws ImageException.Unreadable {
    ByteBuffer in = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
    int left = 2 * u24(in, content);
    int top = 2 * u24(in, content + 3);
    int width = u24(in, content + 6) + 1;
    int height = u24(in, content + 9) + 1;
    if ((long) left + width > canvas[0] || (long) top + height > canvas[1]) {
      throw new ImageException.Unreadable("A frame of the WEBP image lies outside of it.");
    }
    int chunks = length - FRAME_HEADER;
    int total = RIFF_HEADER + CHUNK_HEADER + 10 + chunks;
    byte[] bytes = new byte[total];
    ByteBuffer still = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    still.putInt(fourcc("RIFF")).putInt(total - 8).putInt(fourcc("WEBP"));
    still.putInt(VP8X).putInt(10).putInt(/* alpha= */ 0x10);
    put24(still, width - 1);
    put24(still, height - 1);
    still.put(encoded, content + FRAME_HEADER, chunks);
    return new WebpFile(
        canvas[0],
        canvas[1],
        bytes,
        new Window(left, top, width, height),
        /* opaque= */ false,
        Orientation.UPRIGHT);
  }

  private static int u24(ByteBuffer in, int at) {
    return (in.getShort(at) & 0xffff) | (in.get(at + 2) & 0xff) << 16;
  }

  private static void put24(ByteBuffer out, int value) {
    out.putShort((short) value).put((byte) (value >> 16));
  }

  private static ImageException.Unreadable truncated() {
    return new ImageException.Unreadable("The WEBP image is truncated.");
  }
}
