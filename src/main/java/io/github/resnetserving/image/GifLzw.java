package io.github.resnetserving.image;

/**
 * GIF's variable-length LZW (GIF89a, appendix F), decoded piece by piece. Not thread-safe: one for
 * each frame.
 *
 * <p>Each code stands for its prefix code's string and one more index. A string that does not fit a
 * piece waits for the next one, so nothing is held but the tables.
 */
final class GifLzw {

  private static final int MAX_CODES = 4096;

  /** Eight are enough, but some encoders write more, and no index beyond the palette. */
  private static final int MOST_LITERAL_BITS = 11;

  private final GifBlocks data;
  private final int literalBits;
  private final int clear;
  private final short[] prefix = new short[MAX_CODES];
  private final byte[] last = new byte[MAX_CODES];
  private final byte[] first = new byte[MAX_CODES];
  private final short[] length = new short[MAX_CODES];
  private final byte[] waiting = new byte[MAX_CODES]; // a string of which a part was handed out
  private int waitingFrom;
  private int waitingEnd;

  private int bits; // of the next code
  private int codes; // how many are defined
  private int previous = -1;
  private int buffer;
  private int buffered; // bits in it

  GifLzw(GifBlocks data, int literalBits) throws ImageException.Unreadable {
    if (literalBits < 1 || literalBits > MOST_LITERAL_BITS) {
      throw new ImageException.Unreadable("The GIF image's code size is corrupt.");
    }
    this.data = data;
    this.literalBits = literalBits;
    clear = 1 << literalBits;
    for (int i = 0; i < clear; i++) {
      last[i] = (byte) i;
      first[i] = (byte) i;
      length[i] = 1;
    }
    bits = literalBits + 1;
    codes = clear + 2;
  }

  /** The most indices that so many bytes can stand for: no string is longer than the table. */
  static long most(long bytes, int literalBits) {
    return bytes * Byte.SIZE / (literalBits + 1) * MAX_CODES;
  }

  /**
   * Decodes the next {@code count} indices; missing data are an error.
   *
   * @param indices receives them
   */
  void read(byte[] indices, int count) throws ImageException {
    int written = Math.min(count, waitingEnd - waitingFrom);
    System.arraycopy(waiting, waitingFrom, indices, 0, written);
    waitingFrom += written;
    while (written < count) {
      int code = define(nextCode());
      int n = length[code];
      if (n <= count - written) {
        write(code, n, indices, written);
        written += n;
      } else {
        write(code, n, waiting, 0);
        waitingFrom = count - written;
        waitingEnd = n;
        System.arraycopy(waiting, 0, indices, written, waitingFrom);
        written = count;
      }
    }
  }

  /** The next code that is no clear code. */
  private int nextCode() throws ImageException {
    while (true) {
      while (buffered < bits) {
        int next = data.next();
        if (next < 0) {
          throw new ImageException.Unreadable("The GIF image's data end too early.");
        }
        buffer |= next << buffered;
        buffered += 8;
      }
      int code = buffer & ((1 << bits) - 1);
      buffer >>>= bits;
      buffered -= bits;
      if (code != clear) {
        return code;
      }
      bits = literalBits + 1;
      codes = clear + 2;
      previous = -1;
    }
  }

  /** Checks a code, and defines the one that it and the code before it make. */
  private int define(int code) throws ImageException.Unreadable {
    if (code == clear + 1 || code > codes || (code == codes && previous < 0)) {
      throw new ImageException.Unreadable("The GIF image's data are corrupt or end too early.");
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
      throw new ImageException.Unreadable("The GIF image's data are corrupt.");
    }
    previous = code;
    return code;
  }

  /** Writes a code's string of {@code n} indices backwards. */
  private void write(int code, int n, byte[] to, int from) {
    int c = code;
    for (int i = from + n - 1; i >= from; i--) {
      to[i] = last[c];
      c = prefix[c];
    }
  }
}
