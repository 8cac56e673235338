package io.github.resnetserving.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.http.MediaType;

/**
 * Features of several images as one NumPy array, format version 1.0.
 *
 * @param arrays those of each image, all of one shape, at least one
 * @param half float16 instead of float32
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy
 *     format</a>
 */
record NpyBody(List<FeatureArray> arrays, boolean half) {

  static final MediaType TYPE = new MediaType("application", "x-npy");

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};

  /** The array begins at a multiple of this. */
  private static final int ALIGNMENT = 64;

  private static final int CHUNK = 1 << 15;

  /** Bytes in all. */
  long length() {
    return header().length + (long) arrays.size() * arrays.getFirst().values().length * width();
  }

  void writeTo(OutputStream out) throws IOException {
    out.write(header());
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    for (FeatureArray array : arrays) {
      for (float value : array.values()) {
        if (half) {
          chunk.putShort(Float.floatToFloat16(value));
        } else {
          chunk.putFloat(value);
        }
        if (!chunk.hasRemaining()) {
          out.write(chunk.array(), 0, chunk.position());
          chunk.clear();
        }
      }
    }
    out.write(chunk.array(), 0, chunk.position());
  }

  private int width() {
    return half ? Short.BYTES : Float.BYTES;
  }

  private byte[] header() {
    String shape =
        Stream.concat(Stream.of(arrays.size()), arrays.getFirst().shape().stream())
            .map(String::valueOf)
            .collect(Collectors.joining(", "));
    String text =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }"
            .formatted(half ? "<f2" : "<f4", shape);
    int bare = MAGIC.length + Short.BYTES + text.length() + 1; // a line end
    int padding = (ALIGNMENT - bare % ALIGNMENT) % ALIGNMENT;
    return ByteBuffer.allocate(bare + padding)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .putShort((short) (text.length() + padding + 1))
        .put((text + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII))
        .array();
  }
}
