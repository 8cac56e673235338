package io.github.resnetserving.network;

/** 16-bit floats: the upper half of a float32. */
public final class Bfloat16 {

  private Bfloat16() {}

  /** The nearest one's bits, ties to the even one; the value must be finite. */
  public static short bits(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /** What the bits stand for. */
  public static float value(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }
}
