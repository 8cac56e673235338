package io.github.resnetserving.http;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/**
 * Writes features the way a request wants them.
 *
 * @param half float16 instead of float32
 * @param base64 little-endian bytes in base64 instead of numbers
 */
record FeatureEncoder(boolean half, boolean base64) {

  FeaturesResponse.Features encode(String layer, FeatureArray array) {
    String dtype = half ? "float16" : "float32";
    float[] values = array.values();
    return base64
        ? new FeaturesResponse.Features(layer, array.shape(), dtype, null, inBase64(values))
        : new FeaturesResponse.Features(
            layer, array.shape(), dtype, half ? rounded(values) : values, null);
  }

  private static float[] rounded(float[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
    }
    return rounded;
  }

  private String inBase64(float[] values) {
    int width = half ? Short.BYTES : Float.BYTES;
    ByteBuffer bytes = ByteBuffer.allocate(values.length * width).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      if (half) {
        bytes.putShort(Float.floatToFloat16(value));
      } else {
        bytes.putFloat(value);
      }
    }
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
