package io.github.resnetserving.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The elements of a tensor in an archive, little-endian. */
enum ElementType {
  FLOAT32("FloatStorage", 6, Float.BYTES) {
    @Override
    void put(ByteBuffer bytes, float value) {
      bytes.putFloat(value);
    }
  },
  BFLOAT16("BFloat16Storage", 15, Short.BYTES) {
    @Override
    void put(ByteBuffer bytes, float value) {
      bytes.putShort(Bfloat16.bits(value));
    }
  },
  FLOAT16("HalfStorage", 5, Short.BYTES) {
    @Override
    void put(ByteBuffer bytes, float value) {
      bytes.putShort(Float.floatToFloat16(value));
    }
  },
  UINT8("ByteStorage", 0, Byte.BYTES) {
    @Override
    void put(ByteBuffer bytes, float value) {
      bytes.put((byte) Math.round(value));
    }
  },
  INT8("CharStorage", 1, Byte.BYTES) {
    @Override
    void put(ByteBuffer bytes, float value) {
      bytes.put((byte) Math.round(value));
    }
  },
  INT32("IntStorage", 3, Integer.BYTES) {
    @Override
    void put(ByteBuffer bytes, float value) {
      bytes.putInt(Math.round(value));
    }
  };

  private final String storage;
  private final int scalarType;
  private final int size;

  ElementType(String storage, int scalarType, int size) {
    this.storage = storage;
    this.scalarType = scalarType;
    this.size = size;
  }

  /** In which a precision's weights are. */
  static ElementType of(Precision precision) {
    return switch (precision) {
      case FP32 -> FLOAT32;
      case BF16 -> BFLOAT16;
      case FP16 -> FLOAT16;
      case INT8 -> INT8;
    };
  }

  /** The name of torch's class for an array of these. */
  String storage() {
    return storage;
  }

  /** Its number among c10's scalar types, which stands for it in a program's text. */
  int scalarType() {
    return scalarType;
  }

  abstract void put(ByteBuffer bytes, float value);

  byte[] encode(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, size)).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      put(bytes, value);
    }
    return bytes.array();
  }
}
