package io.github.resnetserving.cli.output;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The rows of a file that {@link NpyFile} wrote. Not thread-safe. */
final class NpyRows implements AutoCloseable {

  private static final Pattern SHAPE = Pattern.compile("'shape': \\(\\d+, ([^)]*)\\)");

  private final Path file;
  private final FileChannel channel;
  private final List<Integer> shape;
  private final ByteBuffer row;

  NpyRows(Path file) throws IOException {
    this.file = file;
    this.channel = FileChannel.open(file);
    ByteBuffer header = ByteBuffer.allocate(NpyFile.HEADER);
    channel.read(header, 0);
    Matcher dimensions = SHAPE.matcher(new String(header.array(), StandardCharsets.ISO_8859_1));
    if (!dimensions.find()) {
      channel.close();
      throw new IOException("%s has no header of ours: delete it".formatted(file));
    }
    this.shape = Arrays.stream(dimensions.group(1).split(", ")).map(Integer::valueOf).toList();
    int width = shape.stream().reduce(1, Math::multiplyExact);
    this.row = ByteBuffer.allocate(width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The shape of a row. */
  List<Integer> shape() {
    return shape;
  }

  /** A row by its number, from 0. */
  float[] row(long index) throws IOException {
    row.clear();
    while (row.hasRemaining()) {
      if (channel.read(row, NpyFile.HEADER + index * row.capacity() + row.position()) < 0) {
        throw new IOException("%s has fewer rows than its list: compute it again".formatted(file));
      }
    }
    float[] values = new float[row.capacity() / Float.BYTES];
    row.flip().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
