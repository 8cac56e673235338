package io.github.resnetserving.image;

/**
 * An array that is used again: it grows to what was asked for, up to {@link #KEPT}; a larger one is
 * made for once. What is in it is left over. Not thread-safe.
 */
final class Scratch {

  /** Bytes of the largest array that is kept: what resizing 12 million pixels to 224 takes. */
  static final int KEPT = 2 << 20;

  private byte[] kept = {};

  /** An array of at least so many bytes, in the hands of the caller until the next call. */
  byte[] atLeast(int length) {
    if (length <= kept.length) {
      return kept;
    }
    byte[] bytes = new byte[length];
    if (length <= KEPT) {
      kept = bytes;
    }
    return bytes;
  }
}
