package io.github.resnetserving.image;

import java.util.Arrays;

/**
 * A prefix code of lossless WebP (RFC 9649, section 6.2). As in libwebp a code must be complete or
 * have a single symbol, which takes no bits: readers agree on no others.
 */
final class Vp8lCode {

  private static final int LONGEST = 15;
  private static final int[] ORDER = {
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  };
  private static final int REPEAT = 16;
  private static final int ZEROS = 17;
  private static final int MANY_ZEROS = 18;
  private static final int FIRST_LENGTH = 8; // which is repeated if there was none before

  private final int[] counts; // (length,), codes of each length
  private final int[] symbols; // by length, then by number

  private Vp8lCode(int[] lengths) throws ImageException.Unreadable {
    counts = new int[LONGEST + 1];
    for (int length : lengths) {
      counts[length]++;
    }
    symbols = new int[lengths.length - counts[0]];
    counts[0] = 0;
    int[] next = new int[LONGEST + 1];
    int free = 1;
    for (int length = 1; length <= LONGEST; length++) {
      next[length] = next[length - 1] + counts[length - 1];
      free = 2 * free - counts[length];
      if (free < 0) {
        throw WebpDecoder.corrupt();
      }
    }
    if (symbols.length == 0 || (symbols.length > 1 && free > 0)) {
      throw WebpDecoder.corrupt();
    }
    for (int symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] > 0) {
        symbols[next[lengths[symbol]]++] = symbol;
      }
    }
  }

  /** Reads a code for so many symbols. */
  static Vp8lCode read(Vp8l.Bits in, int size) throws ImageException.Unreadable {
    return new Vp8lCode(in.bits(1) == 1 ? simple(in, size) : lengths(in, size));
  }

  private static int[] simple(Vp8l.Bits in, int size) throws ImageException.Unreadable {
    boolean two = in.bits(1) == 1;
    int first = in.bits(in.bits(1) == 1 ? Byte.SIZE : 1);
    int second = two ? in.bits(Byte.SIZE) : size;
    if (first >= size || first == second || (two && second >= size)) {
      throw WebpDecoder.corrupt();
    }
    int[] lengths = new int[size];
    lengths[first] = 1;
    if (two) {
      lengths[second] = 1;
    }
    return lengths;
  }

  private static int[] lengths(Vp8l.Bits in, int size) throws ImageException.Unreadable {
    int[] first = new int[ORDER.length];
    int count = 4 + in.bits(4);
    for (int i = 0; i < count; i++) {
      first[ORDER[i]] = in.bits(3);
    }
    Vp8lCode code = new Vp8lCode(first);
    int left = in.bits(1) == 1 ? 2 + in.bits(2 + 2 * in.bits(3)) : size;
    if (left > size) {
      throw WebpDecoder.corrupt();
    }
    int[] lengths = new int[size];
    int last = FIRST_LENGTH;
    int at = 0;
    for (; left > 0 && at < size; left--) {
      int symbol = code.next(in);
      if (symbol < REPEAT) {
        lengths[at++] = symbol;
        last = symbol == 0 ? last : symbol;
        continue;
      }
      int times =
          switch (symbol) {
            case REPEAT -> 3 + in.bits(2);
            case ZEROS -> 3 + in.bits(3);
            case MANY_ZEROS -> 11 + in.bits(7);
            default -> throw new IllegalStateException("symbol " + symbol);
          };
      if (times > size - at) {
        throw WebpDecoder.corrupt();
      }
      Arrays.fill(lengths, at, at + times, symbol == REPEAT ? last : 0);
      at += times;
    }
    return lengths;
  }

  /** Reads a symbol. */
  int next(Vp8l.Bits in) throws ImageException.Unreadable {
    if (symbols.length == 1) {
      return symbols[0];
    }
    int code = 0;
    int first = 0; // code of this length
    int index = 0; // of that code's symbol
    for (int length = 1; length <= LONGEST; length++) {
      code = 2 * code + in.bits(1);
      if (code - first < counts[length]) {
        return symbols[index + code - first];
      }
      first = 2 * (first + counts[length]);
      index += counts[length];
    }
    throw WebpDecoder.corrupt(); // not in a complete code
  }
}
