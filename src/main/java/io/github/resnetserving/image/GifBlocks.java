package io.github.resnetserving.image;

/**
 * A GIF's data sub-blocks (GIF89a, section 15), read where they lie: nothing is copied, so a file
 * of many tiny blocks costs what its bytes cost. Not thread-safe.
 */
final class GifBlocks {

  private final byte[] bytes;
  private final DecodeRules rules;
  private int at; // the next byte to be read
  private int left; // data bytes of the current sub-block from there on
  private boolean ended; // at the terminator, or where the file ends

  /**
   * @param from where the first sub-block's size stands
   */
  GifBlocks(byte[] bytes, int from, DecodeRules rules) {
    this.bytes = bytes;
    this.rules = rules;
    this.at = from;
  }

  /** Reads the next data byte; -1 after the last one. */
  int next() throws ImageException.TooCostly {
    if (left == 0 && !enter()) {
      return -1;
    }
    left--;
    return bytes[at++] & 0xff;
  }

  /** Enters the next sub-block; false if there is none. */
  private boolean enter() throws ImageException.TooCostly {
    if (ended) {
      return false;
    }
    int size = at < bytes.length ? bytes[at++] & 0xff : 0;
    left = Math.min(size, bytes.length - at); // what is there of a truncated one
    ended = left == 0;
    rules.spend(1 + left);
    return !ended;
  }

  /**
   * Passes over what is left.
   *
   * @return how many data bytes that was
   */
  long skip() throws ImageException.TooCostly {
    long skipped = 0;
    while (left > 0 || enter()) {
      skipped += left;
      at += left;
      left = 0;
    }
    return skipped;
  }

  /**
   * Passes over sub-blocks whose content does not matter.
   *
   * @param from where the first one's size stands
   * @return where the byte behind the terminator is, or the end of the file
   */
  static int behind(byte[] bytes, int from, DecodeRules rules) throws ImageException.TooCostly {
    int at = Math.min(from, bytes.length);
    while (at < bytes.length) {
      int size = bytes[at++] & 0xff;
      rules.spend(1 + size);
      if (size == 0) {
        return at;
      }
      at = Math.min(at + size, bytes.length);
    }
    return at;
  }
}
