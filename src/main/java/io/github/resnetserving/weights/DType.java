package io.github.resnetserving.weights;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The type of a tensor's elements, as safetensors names it; all are little-endian in a file. */
public enum DType {
  BOOL(1) {
    @Override
    float read(MemorySegment bytes, long offset) {
      return bytes.get(ValueLayout.JAVA_BYTE, offset) == 0 ? 0 : 1;
    }
  },
  U8(1) {
    @Override
    float read(MemorySegment bytes, long offset) {
      return Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, offset));
    }
  },
  I8(1) {
    @Override
    float read(MemorySegment bytes, long offset) {
      return bytes.get(ValueLayout.JAVA_BYTE, offset);
    }
  },
  I16(2) {
    @Override
    float read(MemorySegment bytes, long offset) {
      return bytes.get(SHORT, offset);
    }
  },
  I32(4) {
    @Override
    float read(MemorySegment bytes, long offset) {
      return (float) bytes.get(INT, offset);
    }
  },
  I64(8) {
    @Override
    float read(MemorySegment bytes, long offset) {
      return (float) bytes.get(LONG, offset);
    }
  },
  F16(2) {
    @Override
    float read(MemorySegment bytes, long offset) {
      return Float.float16ToFloat(bytes.get(SHORT, offset));
    }
  },
  BF16(2) {
    @Override
    float read(MemorySegment bytes, long offset) {
      return Float.intBitsToFloat(bytes.get(SHORT, offset) << 16);
    }
  },
  F32(4) {
    @Override
    float read(MemorySegment bytes, long offset) {
      return bytes.get(FLOAT, offset);
    }
  },
  F64(8) {
    @Override
    float read(MemorySegment bytes, long offset) {
      return (float) bytes.get(DOUBLE, offset);
    }
  };

  // Neither a zip entry nor a heap array promises any alignment.
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** The size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** The element at a byte offset, as the float nearest to it. */
  abstract float read(MemorySegment bytes, long offset);
}
