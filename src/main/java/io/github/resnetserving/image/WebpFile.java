package io.github.resnetserving.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A WebP's chunks (RFC 9649, section 2), and its first picture as a file of its own.
 *
 * @param width columns of the canvas
 * @param height rows of the canvas
 * @param still a WebP file without animation
 * @param place of the still picture on the canvas
 * @param opaque whether it can have no transparent pixel
 */
@SuppressWarnings("ArrayRecordComponent") // private to the decoder, which only reads them
record WebpFile(
    int width, int height, byte[] still, Window place, boolean opaque, Orientation orientation) {

  private static final int RIFF_HEADER = 12;
  private static final int CHUNK_HEADER = 8;
  private static final int FRAME_HEADER = 16;

  private static final int VP8 = fourcc("VP8 ");
  private static final int VP8L = fourcc("VP8L");
  private static final int VP8X = fourcc("VP8X");
  private static final int ALPH = fourcc("ALPH");
  private static final int ANMF = fourcc("ANMF");
  private static final int EXIF = fourcc("EXIF");

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
    Orientation orientation = Orientation.UPRIGHT;
    boolean alpha = false; // of a lossy picture, in a chunk before it
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
      } else if (type == ALPH) {
        alpha = true;
      } else if (type == EXIF) {
        orientation = exif(encoded, content, length);
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
                orientation);
      }
      rules.spend(CHUNK_HEADER + length);
      at = content + length + (length & 1);
    }
    if (first == null) {
      throw new UnreadableImageException("The WEBP image has no frame.");
    }
    return new WebpFile(
        first.width, first.height, first.still, first.place, first.opaque, orientation);
  }

  private static int[] size(ByteBuffer in, int type, int content, int length)
      throws UnreadableImageException {
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
      throws UnreadableImageException {
    ByteBuffer in = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
    int left = 2 * u24(in, content);
    int top = 2 * u24(in, content + 3);
    int width = u24(in, content + 6) + 1;
    int height = u24(in, content + 9) + 1;
    if ((long) left + width > canvas[0] || (long) top + height > canvas[1]) {
      throw new UnreadableImageException("A frame of the WEBP image lies outside of it.");
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

  /** Some writers put JPEG's prefix before the EXIF data. */
  private static Orientation exif(byte[] encoded, int content, int length) {
    boolean prefixed = length > 6 && encoded[content] == 'E';
    return prefixed
        ? Exif.orientation(encoded, content + 6, length - 6)
        : Exif.orientation(encoded, content, length);
  }

  private static int u24(ByteBuffer in, int at) {
    return (in.getShort(at) & 0xffff) | (in.get(at + 2) & 0xff) << 16;
  }

  private static void put24(ByteBuffer out, int value) {
    out.putShort((short) value).put((byte) (value >> 16));
  }

  private static UnreadableImageException truncated() {
    return new UnreadableImageException("The WEBP image is truncated.");
  }
}
