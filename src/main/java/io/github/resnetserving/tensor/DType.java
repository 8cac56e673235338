package io.github.resnetserving.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The type of a tensor's elements, named as safetensors names it; all are little-endian.
 *
 * <p>The loops of the types that activations have are over arrays and without conditions: those are
 * what the JVM's compiler vectorises.
 */
public enum DType {
  BOOL(1, "BoolStorage", 11, 0) {
    @Override
    public float get(MemorySegment bytes, long offset) {
      return bytes.get(ValueLayout.JAVA_BYTE, offset) == 0 ? 0 : 1;
    }
  },
  U8(1, "ByteStorage", 0, 6) {
    @Override
    public float get(MemorySegment bytes, long offset) {
      return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, offset));
    }

    @Override
    public void read(MemorySegment memory, long at, float[] values) {
      byte[] bytes = new byte[values.length];
      MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at, bytes, 0, bytes.length);
      for (int i = 0; i < bytes.length; i++) {
        values[i] = unsigned(bytes[i]);
      }
    }

    @Override
    public void write(float[] values, MemorySegment memory, long at) {
      writeBytes(values, memory, at, 0, 255);
    }
  },
  I8(1, "CharStorage", 1, 5) {
    @Override
    public float get(MemorySegment bytes, long offset) {
      return bytes.get(ValueLayout.JAVA_BYTE, offset);
    }

    @Override
    public void write(float[] values, MemorySegment memory, long at) {
      writeBytes(values, memory, at, Byte.MIN_VALUE, Byte.MAX_VALUE);
    }
  },
  I16(2, "ShortStorage", 2, 0) {
    @Override
    public float get(MemorySegment bytes, long offset) {
      return bytes.get(SHORT, offset);
    }
  },
  I32(4, "IntStorage", 3, 4) {
    @Override
    public float get(MemorySegment bytes, long offset) {
      return (float) bytes.get(INT, offset);
    }

    @Override
    public void write(float[] values, MemorySegment memory, long at) {
      for (int i = 0; i < values.length; i++) {
        memory.set(INT, at + (long) i * Integer.BYTES, (int) Math.rint(values[i]));
      }
    }
  },
  I64(8, "LongStorage", 4, 0) {
    @Override
    public float get(MemorySegment bytes, long offset) {
      return (float) bytes.get(LONG, offset);
    }
  },
  F16(2, "HalfStorage", 5, 1) {
    @Override
    public float get(MemorySegment bytes, long offset) {
      return Float.float16ToFloat(bytes.get(SHORT, offset));
    }

    @Override
    public void write(float[] values, MemorySegment memory, long at) {
      short[] bits = new short[values.length];
      for (int i = 0; i < bits.length; i++) {
        bits[i] = Float.floatToFloat16(values[i]);
      }
      MemorySegment.copy(bits, 0, memory, SHORT, at, bits.length);
    }
  },
  BF16(2, "BFloat16Storage", 15, 2) {
    @Override
    public float get(MemorySegment bytes, long offset) {
      return bfloat16ToFloat(bytes.get(SHORT, offset));
    }

    @Override
    public void read(MemorySegment memory, long at, float[] values) {
      short[] bits = new short[values.length];
      MemorySegment.copy(memory, SHORT, at, bits, 0, bits.length);
      for (int i = 0; i < bits.length; i++) {
        values[i] = bfloat16ToFloat(bits[i]);
      }
    }

    @Override
    public void write(float[] values, MemorySegment memory, long at) {
      short[] bits = new short[values.length];
      for (int i = 0; i < bits.length; i++) {
        bits[i] = floatToBfloat16(values[i]);
      }
      MemorySegment.copy(bits, 0, memory, SHORT, at, bits.length);
    }
  },
  F32(4, "FloatStorage", 6, 3) {
    @Override
    public float get(MemorySegment bytes, long offset) {
      return bytes.get(FLOAT, offset);
    }

    @Override
    public void read(MemorySegment memory, long at, float[] values) {
      MemorySegment.copy(memory, FLOAT, at, values, 0, values.length);
    }

    @Override
    public void write(float[] values, MemorySegment memory, long at) {
      MemorySegment.copy(values, 0, memory, FLOAT, at, values.length);
    }
  },
  F64(8, "DoubleStorage", 7, 0) {
    @Override
    public float get(MemorySegment bytes, long offset) {
      return (float) bytes.get(DOUBLE, offset);
    }
  };

  // Neither a zip entry nor a heap array promises any alignment.
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int bytes;
  private final String torchStorage;
  private final int torchScalarType;
  private final int oneDnn;

  DType(int bytes, String torchStorage, int torchScalarType, int oneDnn) {
    this.bytes = bytes;
    this.torchStorage = torchStorage;
    this.torchScalarType = torchScalarType;
    this.oneDnn = oneDnn;
  }

  /** The type that a precision's weights have. */
  public static DType ofWeights(Precision precision) {
    return switch (precision) {
      case FP32 -> F32;
      case BF16 -> BF16;
      case FP16 -> F16;
      case INT8 -> I8;
    };
  }

  /** The type that a precision's activations have. */
  public static DType ofActivations(Precision precision) {
    return precision == Precision.INT8 ? U8 : ofWeights(precision);
  }

  /** The size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** The name of torch's class for an array of these, in its module {@code torch}. */
  public String torchStorage() {
    return torchStorage;
  }

  /** The number among c10's scalar types, which stands for the type in a TorchScript program. */
  public int torchScalarType() {
    return torchScalarType;
  }

  /**
   * The number among {@code dnnl_data_type_t}.
   *
   * @throws IllegalArgumentException if oneDNN has no such type
   */
  public int oneDnn() {
    if (oneDnn == 0) {
      throw new IllegalArgumentException("oneDNN has no elements of type " + this);
    }
    return oneDnn;
  }

  /** Returns the element at a byte offset, as the float nearest to it. */
  public abstract float get(MemorySegment bytes, long offset);

  /**
   * Reads elements that follow each other, from a byte offset on, as the floats nearest to them.
   */
  public void read(MemorySegment memory, long at, float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = get(memory, at + (long) i * bytes);
    }
  }

  /**
   * Writes values one after another, from a byte offset on, each rounded to the nearest element,
   * ties to the even one.
   *
   * @throws UnsupportedOperationException if weights and activations are never of this type
   */
  public void write(float[] values, MemorySegment memory, long at) {
    throw new UnsupportedOperationException("elements of type %s are not written".formatted(this));
  }

  private static void writeBytes(
      float[] values, MemorySegment memory, long at, int least, int most) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Math.clamp((long) Math.rint(values[i]), least, most);
    }
    MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, at, bytes.length);
  }

  /** Returns values as bytes, as {@link #write} writes them. */
  public byte[] encode(float[] values) {
    byte[] encoded = new byte[Math.multiplyExact(values.length, bytes)];
    write(values, MemorySegment.ofArray(encoded), 0);
    return encoded;
  }

  /** Returns the bits of the nearest bfloat16, ties to the even one; the value must be finite. */
  public static short floatToBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /** Returns the value of a bfloat16, whose bits are the upper half of a float's. */
  public static float bfloat16ToFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** As {@code value & 0xff}, which is not vectorised. */
  public static int unsigned(byte value) {
    return value - ((value >> 31) << 8);
  }
}
