package io.github.resnetserving.rest;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JacksonSerializable;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.jsontype.TypeSerializer;

/**
 * Numbers of an answer, which are rounded and encoded while they are written: the answer holds no
 * second copy of them. The arrays are not copied.
 */
@SuppressWarnings("ArrayRecordComponent") // up to a million numbers
sealed interface FeatureValues extends JacksonSerializable {

  /** Writes the numbers. */
  void serialize(JsonGenerator json);

  @Override
  default void serialize(JsonGenerator json, SerializationContext context) {
    serialize(json);
  }

  @Override
  default void serializeWithType(
      JsonGenerator json, SerializationContext context, TypeSerializer type) {
    serialize(json); // its type is never asked for
  }

  /**
   * An array of numbers.
   *
   * @param half float16 instead of float32
   */
  record Numbers(float[] values, boolean half) implements FeatureValues {

    @Override
    public void serialize(JsonGenerator json) {
      json.writeStartArray(this, values.length);
      for (float value : values) {
        json.writeNumber(half ? Float.float16ToFloat(Float.floatToFloat16(value)) : value);
      }
      json.writeEndArray();
    }
  }

  /**
   * A text of little-endian bytes in base64.
   *
   * @param half float16 instead of float32
   */
  record Base64(float[] values, boolean half) implements FeatureValues {

    @Override
    public void serialize(JsonGenerator json) {
      Bytes bytes = new Bytes(values, half);
      json.writeBinary(bytes, values.length * bytes.width);
    }
  }

  /** The bytes of numbers, a few of them at a time. Used by one thread. */
  final class Bytes extends InputStream {

    private final float[] values;
    private final boolean half;
    private final int width;
    private final ByteBuffer ready = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);
    private int next; // of the values

    Bytes(float[] values, boolean half) {
      this.values = values;
      this.half = half;
      this.width = half ? Short.BYTES : Float.BYTES;
      ready.limit(0);
    }

    @Override
    public int read() {
      return fill() ? ready.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      if (!fill()) {
        return -1;
      }
      int count = Math.min(length, ready.remaining());
      ready.get(into, offset, count);
      return count;
    }

    private boolean fill() {
      if (!ready.hasRemaining()) {
        ready.clear();
        for (; next < values.length && ready.hasRemaining(); next++) {
          if (half) {
            ready.putShort(Float.floatToFloat16(values[next]));
          } else {
            ready.putFloat(values[next]);
          }
        }
        ready.flip();
      }
      return ready.hasRemaining();
    }
  }
}
