package io.github.resnetserving;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads NumPy's {@code .npy} files (format version 1 to 3): C order, little-endian, {@code uint8},
 * {@code float32} or {@code float64}.
 */
public final class Npy {

  private static final Pattern HEADER =
      Pattern.compile(
          "\\{'descr': '(?<type>[^']+)', 'fortran_order': False, 'shape': \\((?<shape>[^)]*)\\)");

  private Npy() {}

  /** Row-major values with their shape; a scalar's shape is empty. */
  @SuppressWarnings("ArrayRecordComponent")
  public record Bytes(int[] shape, byte[] values) {}

  /** Row-major values with their shape; a scalar's shape is empty. */
  @SuppressWarnings("ArrayRecordComponent")
  public record Floats(int[] shape, float[] values) {}

  /** Row-major values with their shape; a scalar's shape is empty. */
  @SuppressWarnings("ArrayRecordComponent")
  public record Doubles(int[] shape, double[] values) {}

  /** Reads {@code uint8}. */
  public static Bytes bytes(Path file) throws IOException {
    Content content = read(file, "|u1");
    byte[] values = new byte[content.count()];
    content.data().get(values);
    return new Bytes(content.shape(), values);
  }

  /** Reads {@code float32}. */
  public static Floats floats(Path file) throws IOException {
    Content content = read(file, "<f4");
    float[] values = new float[content.count()];
    content.data().asFloatBuffer().get(values);
    return new Floats(content.shape(), values);
  }

  /** Reads {@code float64}. */
  public static Doubles doubles(Path file) throws IOException {
    Content content = read(file, "<f8");
    double[] values = new double[content.count()];
    content.data().asDoubleBuffer().get(values);
    return new Doubles(content.shape(), values);
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Content(int[] shape, ByteBuffer data) {

    int count() {
      return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }
  }

  private static Content read(Path file, String type) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    boolean numpy = buffer.get() == (byte) 0x93;
    int version = buffer.get(6);
    int start = version == 1 ? 10 : 12;
    int length = version == 1 ? buffer.getShort(8) & 0xffff : buffer.getInt(8);
    String header = new String(buffer.array(), start, length, StandardCharsets.UTF_8);
    Matcher matcher = HEADER.matcher(header);
    if (!numpy || !matcher.find() || !type.equals(matcher.group("type"))) {
      throw new IOException("%s is no array of %s: %s".formatted(file, type, header));
    }
    int[] shape =
        Arrays.stream(matcher.group("shape").split(","))
            .map(String::strip)
            .filter(size -> !size.isEmpty())
            .mapToInt(Integer::parseInt)
            .toArray();
    return new Content(
        shape, buffer.position(start + length).slice().order(ByteOrder.LITTLE_ENDIAN));
  }
}
