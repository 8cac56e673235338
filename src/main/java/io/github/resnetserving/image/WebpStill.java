package io.github.resnetserving.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A WebP file of one image and nothing else, for TwelveMonkeys' reader: it decodes each image that
 * a file has over the one before, each transparency, and as many transforms as are there.
 */
final class WebpStill {

  private static final int RIFF_HEADER = 12;
  private static final int CHUNK_HEADER = 8;
  private static final int LOSSLESS_HEADER = 5;
  private static final int IMAGE_HEADER = 10; // bytes that any image has at least
  private static final int START_CODE = 0x2a019d; // of a lossy image
  private static final int SIGNATURE = 0x2f; // of a lossless one
  private static final int COMPRESSED = 1; // lossless, of transparency
  private static final int HAS_ALPHA = 0x10; // flag of the extended header

  /** A part of the file. */
  private record Chunk(int at, int length) {

    int content() {
      return at + CHUNK_HEADER;
    }
  }

  private final byte[] file;
  private @Nullable Chunk extended;
  private @Nullable Chunk alpha;
  private @Nullable Chunk image;

  private WebpStill(byte[] file) {
    this.file = file;
  }

  /**
   * Picks the first image and checks its size and its transforms.
   *
   * @param file without animation
   */
  static byte[] of(byte[] file, int width, int height, DecodeRules rules) throws ImageException {
    WebpStill still = new WebpStill(file);
    still.pick();
    still.checkSize(width, height);
    still.checkTransforms(width, height, rules);
    return still.bytes();
  }

  private void pick() throws ImageException.Unreadable {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int at = RIFF_HEADER;
    while (image == null && at + CHUNK_HEADER <= file.length) {
      int length = in.getInt(at + 4);
      if (length < 0 || length > file.length - at - CHUNK_HEADER) {
        throw WebpDecoder.corrupt();
      }
      Chunk chunk = new Chunk(at, length);
      if (isImage(chunk)) {
        image = chunk;
      } else if (extended == null && is(chunk, "VP8X")) {
        extended = chunk;
      } else if (alpha == null && is(chunk, "ALPH")) {
        alpha = chunk;
      }
      at += CHUNK_HEADER + length + (length & 1);
    }
  }

  private boolean isImage(Chunk chunk) {
    return is(chunk, "VP8 ") || is(chunk, "VP8L");
  }

  private boolean is(Chunk chunk, String type) {
    return Ascii.at(file, chunk.at(), type);
  }

  /** The reader makes room for the size that stands in the image itself, too. */
  private void checkSize(int width, int height) throws ImageException.Unreadable {
    if (image == null || image.length() < IMAGE_HEADER) {
      throw WebpDecoder.corrupt();
    }
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int at = image.content();
    boolean begins =
        is(image, "VP8 ")
            ? (in.getInt(at + 2) >>> Byte.SIZE) == START_CODE
            : in.get(at) == SIGNATURE;
    int[] size = WebpFile.size(in, in.getInt(image.at()), at, image.length());
    if (!begins || size[0] != width || size[1] != height) {
      throw new ImageException.Unreadable("The WEBP image's headers contradict each other.");
    }
  }

  private void checkTransforms(int width, int height, DecodeRules rules) throws ImageException {
    if (image != null && is(image, "VP8L")) {
      check(image, LOSSLESS_HEADER, width, height, rules);
    } else if (alpha != null && alpha.length() > 0 && (file[alpha.content()] & 3) == COMPRESSED) {
      check(alpha, 1, width, height, rules);
    }
  }

  private void check(Chunk chunk, int header, int width, int height, DecodeRules rules)
      throws ImageException {
    if (chunk.length() < header) {
      throw WebpDecoder.corrupt();
    }
    Vp8l.Bits in = new Vp8l.Bits(file, chunk.content() + header, chunk.length() - header);
    Vp8lTransforms.check(in, width, height, rules);
  }

  private byte[] bytes() throws ImageException.Unreadable {
    if (image == null) {
      throw WebpDecoder.corrupt();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(file, 0, RIFF_HEADER);
    int flags = RIFF_HEADER + CHUNK_HEADER;
    if (extended != null) {
      put(extended, out);
      if (alpha != null && is(image, "VP8 ")) {
        put(alpha, out);
      }
    }
    put(image, out);
    byte[] bytes = out.toByteArray();
    if (extended != null && extended.length() > 0) {
      bytes[flags] &= HAS_ALPHA;
    }
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(4, bytes.length - 8);
    return bytes;
  }

  private void put(Chunk chunk, ByteArrayOutputStream out) {
    out.write(file, chunk.at(), CHUNK_HEADER + chunk.length());
    if (chunk.length() % 2 == 1) {
      out.write(0);
    }
  }
}
