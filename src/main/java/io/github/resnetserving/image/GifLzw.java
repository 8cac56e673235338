package io.github.resnetserving.image;

/**
 * GIF's variable-length LZW (GIF89a, appendix F). Not thread-safe: one for each frame.
 *
 * <p>Each code stands for its prefix code's string and one more index.
 */
final class GifLzw {

  private static final int MAX_CODES = 4096;

  private final int literalBits;
  private final int clear;
  private final short[] prefix = new short[MAX_CODES];
  private final byte[] last = new byte[MAX_CODES];
  private final byte[] first = new byte[MAX_CODES];
  private final short[] length = new short[MAX_CODES];

  GifLzw(int literalBits) throws UnreadableImageException {
    if (literalBits < 1 || literalBits > 8) {
      throw new UnreadableImageException("The GIF image's code size is corrupt.");
    }
    this.literalBits = literalBits;
    clear = 1 << literalBits;
    for (int i = 0; i < clear; i++) {
      last[i] = (byte) i;
      first[i] = (byte) i;
      length[i] = 1;
    }
  }

  /**
   * Decodes exactly {@code count} indices; further data are ignored, missing ones an error.
   *
   * @param indices receives them
   */
  void decode(byte[] data, byte[] indices, int count) throws UnreadableImageException {
    int written = 0;
    int bits = literalBits + 1;
    int codes = clear + 2;
    int previous = -1;
    int buffer = 0;
    int buffered = 0;
    int at = 0;
    while (written < count) {
      while (buffered < bits) {
        if (at == data.length) {
          throw new UnreadableImageException("The GIF image's data end too early.");
        }
        buffer |= (data[at++] & 0xff) << buffered;
        buffered += 8;
      }
      int code = buffer & ((1 << bits) - 1);
      buffer >>>= bits;
      buffered -= bits;
      if (code == clear) {
        bits = literalBits + 1;
        codes = clear + 2;
        previous = -1;
        continue;
      }
      if (code == clear + 1 || code > codes || (code == codes && previous < 0)) {
        throw new UnreadableImageException("The GIF image's data are corrupt or end too early.");
      }
      if (previous >= 0 && codes < MAX_CODES) {
        prefix[codes] = (short) previous;
        last[codes] = first[code == codes ? previous : code];
        first[codes] = first[previous];
        length[codes] = (short) (length[previous] + 1);
        codes++;
        if (codes == 1 << bits && bits < 12) {
          bits++;
        }
      } else if (code == codes) {
        throw new UnreadableImageException("The GIF image's data are corrupt.");
      }
      written += write(code, indices, written, count);
      previous = code;
    }
  }

  /** Writes a code's string backwards, cut off at the picture's end; returns its length. */
  private int write(int code, byte[] indices, int from, int count) {
    int n = length[code];
    int c = code;
    for (int i = from + n - 1; i >= from; i--) {
      if (i < count) {
        indices[i] = last[c];
      }
      c = prefix[c];
    }
    return n;
  }
}
