package io.github.resnetserving.cli.output;

import io.github.resnetserving.tensor.NpyHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A NumPy array that grows by rows: its header has a fixed size and is written anew after each
 * batch, so that the file can be read at any time and be gone on with. Not thread-safe.
 *
 * @see <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy
 *     format</a>
 */
final class NpyFile implements AutoCloseable {

  /** Bytes before the first row. */
  static final int HEADER = 128;

  private final FileChannel channel;
  private final List<Integer> shape;
  private final ByteBuffer row;
  private long rows;

  /**
   * Opens or makes a file.
   *
   * @param shape of one row
   * @param rows how many of those that are there to keep
   * @throws IOException also if there are fewer, or they are of another shape
   */
  NpyFile(Path file, List<Integer> shape, long rows) throws IOException {
    this.shape = List.copyOf(shape);
    this.rows = rows;
    int width = shape.stream().reduce(1, Math::multiplyExact);
    this.row = ByteBuffer.allocate(width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    this.channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    long end = HEADER + rows * row.capacity();
    if (channel.size() > 0 && rows > 0 && !(sameShape() && channel.size() >= end)) {
      channel.close();
      throw new IOException(
          "%s does not fit its list of images, or has another layer's shape: delete both, or name another file"
              .formatted(file));
    }
    if (rows > 0 && channel.size() == 0) {
      channel.close();
      throw new IOException(
          "the list of images of %s is there and the array is not: delete the list"
              .formatted(file));
    }
    channel.truncate(end);
    channel.position(end);
    writeHeader();
  }

  /** Whether the file's rows are as wide as ours. */
  private boolean sameShape() throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER);
    channel.read(header, 0);
    String text = new String(header.array(), StandardCharsets.ISO_8859_1);
    return text.contains("'descr': '<f4'") && text.contains(rest());
  }

  private String rest() {
    return shape.stream().map(String::valueOf).collect(Collectors.joining(", ", ", ", ")"));
  }

  void put(float[] values) throws IOException {
    row.clear();
    row.asFloatBuffer().put(values);
    while (row.hasRemaining()) {
      channel.write(row);
    }
    rows++;
  }

  void writeHeader() throws IOException {
    List<Number> all = new ArrayList<>(List.of(rows));
    all.addAll(shape);
    ByteBuffer header = ByteBuffer.wrap(NpyHeader.of(/* half= */ false, all, HEADER));
    while (header.hasRemaining()) {
      channel.write(header, header.position());
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** Copies a whole file of ours into a Parquet file, each row with its name. */
  static void copy(Path npy, Stream<String> ids, Path parquet) throws IOException {
    try (ids;
        NpyRows rows = new NpyRows(npy);
        ParquetFile file = new ParquetFile(parquet, rows.shape())) {
      long row = 0;
      for (Iterator<String> each = ids.iterator(); each.hasNext(); row++) {
        file.put(each.next(), rows.row(row));
      }
    }
  }
}
