package io.github.resnetserving.cli.output;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes features as Parquet: a column {@code id} of text and a column {@code features}, a list of
 * floats, row-major. Values are plain and not compressed: floats of a network hardly shrink. Not
 * thread-safe.
 *
 * @see <a href="https://parquet.apache.org/docs/file-format/">Parquet file format</a>
 */
final class ParquetFile implements AutoCloseable {

  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  // Numbers of parquet.thrift.
  private static final int FLOAT = 4;
  private static final int BYTE_ARRAY = 6;
  private static final int REQUIRED = 0;
  private static final int REPEATED = 2;
  private static final int UTF8 = 0;
  private static final int LIST = 3;
  private static final int PLAIN = 0;
  private static final int RLE = 3;
  private static final int UNCOMPRESSED = 0;
  private static final int DATA_PAGE = 0;

  /** Bytes of a row group, about; it is one page a column. */
  private static final int GROUP = 16 << 20;

  private static final int MOST_ROWS = 4096;

  /** A column's part of a row group. */
  private record Chunk(long offset, int bytes, int values) {}

  private record Group(Chunk ids, Chunk features, int rows) {}

  private final OutputStream out;
  private final int width;
  private final String shape;
  private final int groupRows;
  private final List<Group> groups = new ArrayList<>();
  private final ByteArrayOutputStream ids = new ByteArrayOutputStream();
  private final ByteBuffer features;
  private int rows; // of the row group that is being filled
  private long position;

  /**
   * @param shape of one image's features
   */
  ParquetFile(Path file, List<Integer> shape) throws IOException {
    this.width = shape.stream().reduce(1, Math::multiplyExact);
    this.shape = shape.toString();
    this.groupRows = Math.clamp(GROUP / (width * Float.BYTES), 1, MOST_ROWS);
    this.features =
        ByteBuffer.allocate(groupRows * width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    this.out = new BufferedOutputStream(Files.newOutputStream(file));
    write(MAGIC);
  }

  void put(String id, float[] values) throws IOException {
    byte[] text = id.getBytes(StandardCharsets.UTF_8);
    ids.writeBytes(little(text.length));
    ids.writeBytes(text);
    for (float value : values) {
      features.putFloat(value);
    }
    if (++rows == groupRows) {
      endGroup();
    }
  }

  private void endGroup() throws IOException {
    Chunk idChunk = page(ids.toByteArray(), rows);
    ByteArrayOutputStream body = new ByteArrayOutputStream(features.position() + 64 * rows);
    body.writeBytes(withLength(repetitions()));
    body.writeBytes(withLength(run(rows * width, 1))); // every value is there
    body.write(features.array(), 0, features.position());
    groups.add(new Group(idChunk, page(body.toByteArray(), rows * width), rows));
    ids.reset();
    features.clear();
    rows = 0;
  }

  /** 0 where a row begins, 1 for its other values. */
  private byte[] repetitions() {
    ByteArrayOutputStream levels = new ByteArrayOutputStream();
    for (int i = 0; i < rows; i++) {
      levels.writeBytes(run(1, 0));
      if (width > 1) {
        levels.writeBytes(run(width - 1, 1));
      }
    }
    return levels.toByteArray();
  }

  /** Levels of one bit, the same several times. */
  private static byte[] run(int count, int level) {
    ByteArrayOutputStream run = new ByteArrayOutputStream();
    CompactThrift.writeVarint((long) count << 1, run);
    run.write(level);
    return run.toByteArray();
  }

  private static byte[] withLength(byte[] levels) {
    return ByteBuffer.allocate(Integer.BYTES + levels.length)
        .put(little(levels.length))
        .put(levels)
        .array();
  }

  private static byte[] little(int value) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  private Chunk page(byte[] body, int values) throws IOException {
    long offset = position;
    byte[] header =
        new CompactThrift()
            .i32(1, DATA_PAGE)
            .i32(2, body.length)
            .i32(3, body.length)
            .begin(5)
            .i32(1, values)
            .i32(2, PLAIN)
            .i32(3, RLE)
            .i32(4, RLE)
            .end()
            .bytes();
    write(header);
    write(body);
    return new Chunk(offset, header.length + body.length, values);
  }

  private byte[] footer() {
    CompactThrift thrift = new CompactThrift().i32(1, 1).structs(2, 5);
    thrift.begin().text(4, "schema").i32(5, 2).end();
    thrift.begin().i32(1, BYTE_ARRAY).i32(3, REQUIRED).text(4, "id").i32(6, UTF8).end();
    thrift.begin().i32(3, REQUIRED).text(4, "features").i32(5, 1).i32(6, LIST).end();
    thrift.begin().i32(3, REPEATED).text(4, "list").i32(5, 1).end();
    thrift.begin().i32(1, FLOAT).i32(3, REQUIRED).text(4, "element").end();
    thrift.i64(3, groups.stream().mapToLong(Group::rows).sum()).structs(4, groups.size());
    for (Group group : groups) {
      thrift.begin().structs(1, 2);
      column(thrift, group.ids(), BYTE_ARRAY, "id");
      column(thrift, group.features(), FLOAT, "features", "list", "element");
      thrift.i64(2, (long) group.ids().bytes() + group.features().bytes());
      thrift.i64(3, group.rows()).end();
    }
    thrift.structs(5, 1).begin().text(1, "shape").text(2, shape).end();
    return thrift.text(6, "resnet-serving").bytes();
  }

  private static void column(CompactThrift thrift, Chunk chunk, int type, String... path) {
    thrift
        .begin()
        .i64(2, chunk.offset())
        .begin(3)
        .i32(1, type)
        .i32s(2, PLAIN, RLE)
        .texts(3, path)
        .i32(4, UNCOMPRESSED)
        .i64(5, chunk.values())
        .i64(6, chunk.bytes())
        .i64(7, chunk.bytes())
        .i64(9, chunk.offset())
        .end()
        .end();
  }

  private void write(byte[] bytes) throws IOException {
    out.write(bytes);
    position += bytes.length;
  }

  /** Ends the file: without its footer it cannot be read. */
  @Override
  public void close() throws IOException {
    try (out) {
      if (rows > 0) {
        endGroup();
      }
      byte[] footer = footer();
      write(footer);
      write(little(footer.length));
      write(MAGIC);
    }
  }
}
