package io.github.resnetserving.image;

/**
 * The beginning of an HEVC sequence parameter set (ITU-T H.265, section 7.3.2.2), which says how
 * large the coded images are. Bits behind the end read as zeros.
 */
final class HevcHeader {

  private static final int PARAMETER_SET = 33; // nal_unit_type
  private static final int NOT_CODED = 32; // nal_unit_type from which on units have no samples
  private static final int NAL_HEADER = 16; // bits
  private static final int PROFILE = 88; // bits
  private static final int LEVEL = 8;
  private static final long MAX = 0xffff_ffffL;
  private static final int SEPARATE_PLANES = 3; // chroma_format_idc

  /** The size of a coded image, which is a multiple of a block, before it is cropped. */
  record Size(long width, long height) {}

  private final byte[] bytes;
  private final int end;
  private int at;
  private int zeros; // before this byte, of which two announce a byte that is left out
  private int bit = Byte.SIZE; // of the current byte
  private int current;

  private HevcHeader(byte[] bytes, int from, int length) {
    this.bytes = bytes;
    this.at = from;
    this.end = from + length;
  }

  /** Whether a unit of HEVC, which has a header of two bytes, is a sequence parameter set. */
  static boolean isParameterSet(byte[] bytes, int from, int length) {
    return length > 2 && ((bytes[from] >> 1) & 0x3f) == PARAMETER_SET;
  }

  /** Whether a unit is the first of a coded image, which the bit behind its header tells. */
  static boolean beginsImage(byte[] bytes, int from, int length) {
    return length > 2 && ((bytes[from] >> 1) & 0x3f) < NOT_CODED && bytes[from + 2] < 0;
  }

  /** The size that a parameter set claims. */
  static Size size(byte[] bytes, int from, int length) {
    return new HevcHeader(bytes, from, length).size();
  }

  private Size size() {
    skip(NAL_HEADER + 4);
    int layers = bits(3); // beside the first
    skip(1 + PROFILE + LEVEL);
    if (layers > 0) {
      int present = bits(16); // for each layer of eight whether a profile and a level follow
      for (int i = 0; i < layers; i++) {
        int layer = present >> (14 - 2 * i);
        skip(((layer & 2) != 0 ? PROFILE : 0) + ((layer & 1) != 0 ? LEVEL : 0));
      }
    }
    number(); // of the set
    if (number() == SEPARATE_PLANES) {
      skip(1);
    }
    return new Size(number(), number());
  }

  /** An Exp-Golomb code (section 9.2) of up to 32 bits. */
  private long number() {
    int more = 0;
    while (more < Integer.SIZE && bits(1) == 0) {
      more++;
    }
    long all = (1L << more) - 1;
    return Math.min(MAX, all + (bits(more) & all));
  }

  private void skip(int count) {
    for (int i = 0; i < count; i++) {
      bits(1);
    }
  }

  private int bits(int count) {
    int value = 0;
    for (int i = 0; i < count; i++) {
      if (bit == Byte.SIZE) {
        next();
      }
      value = (value << 1) | ((current >> (Byte.SIZE - 1 - bit++)) & 1);
    }
    return value;
  }

  private void next() {
    if (zeros >= 2 && at < end && bytes[at] == 3) { // emulation_prevention_three_byte
      at++;
      zeros = 0;
    }
    current = at < end ? bytes[at++] & 0xff : 0;
    zeros = current == 0 ? zeros + 1 : 0;
    bit = 0;
  }
}
