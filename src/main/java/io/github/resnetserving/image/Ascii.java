package io.github.resnetserving.image;

import java.util.Arrays;

/** Names and texts in the bytes of a file. */
final class Ascii {

  private Ascii() {}

  /** Whether {@code length} bytes from {@code offset} begin with {@code name}. */
  static boolean is(byte[] name, byte[] bytes, int offset, int length) {
    return length >= name.length
        && offset <= bytes.length - name.length
        && Arrays.equals(bytes, offset, offset + name.length, name, 0, name.length);
  }

  /** Whether the bytes at {@code from} are the characters of {@code magic}, one byte each. */
  static boolean at(byte[] bytes, int from, String magic) {
    if (bytes.length < from + magic.length()) {
      return false;
    }
    for (int i = 0; i < magic.length(); i++) {
      if ((bytes[from + i] & 0xff) != magic.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Where {@code text} first begins in the bytes from {@code from} to {@code end}; -1 if nowhere.
   * Takes time in proportion to the bytes, since the texts looked for repeat no beginning.
   */
  static int find(byte[] text, byte[] bytes, int from, int end) {
    for (int i = from; i <= end - text.length; i++) {
      if (bytes[i] == text[0] && is(text, bytes, i, end - i)) {
        return i;
      }
    }
    return -1;
  }
}
