package io.github.resnetserving.cli.output;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Lines of a shard that are in the run's order, each with its row of the array where there is one.
 * It stands at one of them; stretches compare by where they stand. Not thread-safe.
 */
final class ShardStretch implements Comparable<ShardStretch>, AutoCloseable {

  private static final JsonFactory JSON = new JsonFactory();
  private static final int BUFFER = 1 << 16;

  private final Path list;
  private final @Nullable Path array;
  private final RunOrder order;
  private final long end;
  private final InputStream in;
  private long position;
  private long next; // row
  private byte[] line = {};
  private String id = "";
  private boolean failed;
  private RunOrder.Place place;
  private @Nullable NpyRows rows;

  /** Where the lines of a stretch are, and the row of its first result. */
  private record Bounds(long start, long end, long row) {}

  private ShardStretch(Path list, @Nullable Path array, RunOrder order, Bounds bounds)
      throws IOException {
    this.list = list;
    this.array = array;
    this.order = order;
    this.position = bounds.start();
    this.end = bounds.end();
    this.next = bounds.row();
    this.place = order.of("");
    FileChannel channel = FileChannel.open(list);
    this.in = new BufferedInputStream(Channels.newInputStream(channel.position(position)), BUFFER);
  }

  /**
   * The stretches of a shard.
   *
   * @param isArray whether the file is an array, which has a list beside it
   */
  static List<ShardStretch> of(Path shard, boolean isArray, RunOrder order) throws IOException {
    Path list = isArray ? FeatureSink.listOf(shard) : shard;
    Path array = isArray ? shard : null;
    List<Bounds> bounds = new ArrayList<>();
    try (ShardStretch whole =
        new ShardStretch(list, array, order, new Bounds(0, Long.MAX_VALUE, 0))) {
      Bounds open = new Bounds(0, 0, 0);
      RunOrder.Place before = whole.place;
      for (long start = 0; whole.advance(); start = whole.position) {
        if (start > 0 && whole.place.compareTo(before) < 0) {
          bounds.add(new Bounds(open.start(), start, open.row()));
          open = new Bounds(start, 0, whole.failed ? whole.next : whole.next - 1);
        }
        before = whole.place;
      }
      bounds.add(new Bounds(open.start(), whole.position, open.row()));
    }
    List<ShardStretch> stretches = new ArrayList<>();
    for (Bounds each : bounds) {
      stretches.add(new ShardStretch(list, array, order, each));
    }
    return stretches;
  }

  /** Goes to the next line; false if there is none. */
  boolean advance() throws IOException {
    if (position >= end) {
      return false;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int read = in.read();
    for (; read >= 0 && read != '\n'; read = in.read()) {
      bytes.write(read);
    }
    if (read < 0) {
      if (bytes.size() > 0) {
        throw damaged();
      }
      return false;
    }
    line = bytes.toByteArray();
    position += line.length + 1;
    parse();
    place = order.of(id);
    next += failed ? 0 : 1;
    return true;
  }

  /** The name stands first in a line, and what became of the image second. */
  private void parse() throws IOException {
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), line)) {
      parser.nextToken();
      if (!"id".equals(parser.nextName())) {
        throw damaged();
      }
      String text = parser.nextStringValue();
      if (text == null) {
        throw damaged();
      }
      id = text;
      failed = "error".equals(parser.nextName());
    } catch (JacksonException e) {
      throw damaged();
    }
  }

  private IOException damaged() {
    return new IOException(
        "%s has a line that no such run wrote: compute that shard again".formatted(list));
  }

  /** The line where it stands. */
  byte[] line() {
    return line;
  }

  /** The image's name. */
  String id() {
    return id;
  }

  /** Whether the image has no result. */
  boolean failed() {
    return failed;
  }

  /** The shape of a row. */
  List<Integer> shape() throws IOException {
    return rows().shape();
  }

  /** The row of the line where it stands. */
  float[] row() throws IOException {
    return rows().row(next - 1);
  }

  private NpyRows rows() throws IOException {
    if (rows == null) {
      if (array == null) {
        throw new IllegalStateException("the shard has no array");
      }
      rows = new NpyRows(array);
    }
    return rows;
  }

  @Override
  public int compareTo(ShardStretch other) {
    return place.compareTo(other.place);
  }

  @Override
  public void close() throws IOException {
    try (in) {
      if (rows != null) {
        rows.close();
      }
    }
  }
}
