package io.github.resnetserving.image;

/** Bits of lossless WebP data, lowest first (RFC 9649, section 3). Not thread-safe. */
final class Vp8lBits {

  private final byte[] bytes;
  private final long end; // bits
  private long at;

  Vp8lBits(byte[] bytes, int from, int length) {
    this.bytes = bytes;
    this.at = (long) from * Byte.SIZE;
    this.end = ((long) from + length) * Byte.SIZE;
  }

  /** Reads a number of up to 31 bits. */
  int bits(int count) throws UnreadableImageException {
    if (at + count > end) {
      throw WebpDecoder.corrupt();
    }
    int value = 0;
    for (int i = 0; i < count; i++) {
      value |= ((bytes[(int) (at / Byte.SIZE)] >> (at % Byte.SIZE)) & 1) << i;
      at++;
    }
    return value;
  }
}
