package io.github.resnetserving.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.github.resnetserving.network.Bfloat16;
import io.github.resnetserving.network.Precision;
import io.github.resnetserving.onednn.DataType;
import java.lang.foreign.MemorySegment;

/**
 * How the numbers of a map lie in native memory. The loops are over arrays and without conditions:
 * those are what the JVM's compiler vectorises.
 */
enum MapNumbers {
  FLOATS(DataType.FLOAT32) {
    @Override
    void write(float[] values, MemorySegment memory, long at) {
      MemorySegment.copy(values, 0, memory, JAVA_FLOAT, at, values.length);
    }

    @Override
    void read(MemorySegment memory, long at, float[] values) {
      MemorySegment.copy(memory, JAVA_FLOAT, at, values, 0, values.length);
    }
  },
  BFLOATS(DataType.BFLOAT16) {
    @Override
    void write(float[] values, MemorySegment memory, long at) {
      short[] bits = new short[values.length];
      for (int i = 0; i < bits.length; i++) {
        bits[i] = Bfloat16.bits(values[i]);
      }
      MemorySegment.copy(bits, 0, memory, JAVA_SHORT, at, bits.length);
    }

    @Override
    void read(MemorySegment memory, long at, float[] values) {
      short[] bits = new short[values.length];
      MemorySegment.copy(memory, JAVA_SHORT, at, bits, 0, bits.length);
      for (int i = 0; i < bits.length; i++) {
        values[i] = Bfloat16.value(bits[i]);
      }
    }
  },
  BYTES(DataType.UINT8) {
    @Override
    void write(float[] values, MemorySegment memory, long at) {
      byte[] bytes = new byte[values.length];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) Math.clamp((long) Math.rint(values[i]), 0, 255);
      }
      MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, at, bytes.length);
    }

    @Override
    void read(MemorySegment memory, long at, float[] values) {
      byte[] bytes = new byte[values.length];
      MemorySegment.copy(memory, JAVA_BYTE, at, bytes, 0, bytes.length);
      for (int i = 0; i < bytes.length; i++) {
        values[i] = unsigned(bytes[i]);
      }
    }
  };

  private final DataType type;

  MapNumbers(DataType type) {
    this.type = type;
  }

  static MapNumbers of(Precision precision) {
    return switch (precision) {
      case FP32 -> FLOATS;
      case BF16 -> BFLOATS;
      case INT8 -> BYTES;
      case FP16 -> throw new IllegalArgumentException("processors have no fp16 plan");
    };
  }

  DataType type() {
    return type;
  }

  /** Rounds each value to the nearest number, ties to the even one. */
  abstract void write(float[] values, MemorySegment memory, long at);

  /** The numbers as they are; in bytes they are steps. */
  abstract void read(MemorySegment memory, long at, float[] values);

  /** As {@code value & 0xff}, which is not vectorised. */
  static int unsigned(byte value) {
    return value - ((value >> 31) << 8);
  }
}
