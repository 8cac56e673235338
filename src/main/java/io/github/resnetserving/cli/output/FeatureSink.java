package io.github.resnetserving.cli.output;

import io.github.resnetserving.resnet.ResNet;
import io.github.resnetserving.tensor.IntermediateOutput.FeatureMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where features go: lines of JSON, a NumPy array, or Parquet. */
public final class FeatureSink {

  private FeatureSink() {}

  private static Map<String, Object> features(String id, String layer, FeatureMap map) {
    Map<String, Object> wire = new LinkedHashMap<>();
    wire.put("id", id);
    wire.put("layer", layer);
    wire.put("shape", dimensions(layer, map));
    wire.put("values", map.values());
    return wire;
  }

  /** Of pooled features the width alone. */
  private static List<Integer> dimensions(String layer, FeatureMap map) {
    return layer.equals(ResNet.POOL)
        ? List.of(map.channels())
        : List.of(map.channels(), map.height(), map.width());
  }

  /** An object a line, on standard output. */
  public static Sink<FeatureMap> printed(String layer, PrintWriter out, PrintWriter err) {
    return Sink.printed((id, map) -> features(id, layer, map), out, err);
  }

  /** An object a line, in a file. */
  public static Sink<FeatureMap> lines(Path file, String layer, PrintWriter err)
      throws IOException {
    return Sink.lines(file, (id, map) -> features(id, layer, map), err);
  }

  /**
   * A NumPy array (n, …), and beside it {@code FILE.ndjson}, which says which row is whose. Rows
   * are written before their lines, so after an interruption there may be rows too many, never too
   * few.
   */
  public static Sink<FeatureMap> array(Path file, String layer, PrintWriter err)
      throws IOException {
    LineFile lines = new LineFile(listOf(file));
    return new Sink<>(err) {
      private @Nullable NpyFile array;
      private long rows = lines.outputs();

      @Override
      public CompletedIds done() {
        return lines.done();
      }

      @Override
      void line(Map<String, Object> object) throws IOException {
        lines.put(object);
      }

      @Override
      public void put(String id, FeatureMap map) throws IOException {
        if (array == null) { // only now its shape is known
          array = new NpyFile(file, dimensions(layer, map), rows);
        }
        array.put(map.values());
        line(row(id, rows++));
      }

      @Override
      public void flush() throws IOException {
        if (array != null) {
          array.writeHeader();
        }
        lines.flush();
      }

      @Override
      public void close() throws IOException {
        try (lines) {
          if (array != null) {
            array.close();
          }
        }
      }
    };
  }

  /** What the list beside an array says of a row. */
  static Map<String, Object> row(String id, long row) {
    Map<String, Object> wire = new LinkedHashMap<>();
    wire.put("id", id);
    wire.put("row", row);
    return wire;
  }

  /** Refuses to write over a file that cannot be gone on with. */
  static void refuseExisting(Path file) throws IOException {
    if (Files.exists(file)) {
      throw new IOException("%s is there already: delete it, or name another file".formatted(file));
    }
  }

  /**
   * A Parquet file. It can only be read once it has its end, so it is made of an array, which can
   * be gone on with, when everything is there; {@link Sink#complete} does that.
   */
  public static Sink<FeatureMap> parquet(Path file, String layer, PrintWriter err)
      throws IOException {
    refuseExisting(file);
    Path array = file.resolveSibling(file.getFileName() + ".npy");
    Sink<FeatureMap> rows = array(array, layer, err);
    return new Sink<>(err) {
      @Override
      public CompletedIds done() {
        return rows.done();
      }

      @Override
      void line(Map<String, Object> object) throws IOException {
        rows.line(object);
      }

      @Override
      public void put(String id, FeatureMap map) throws IOException {
        rows.put(id, map);
      }

      @Override
      public void flush() throws IOException {
        rows.flush();
      }

      @Override
      public void complete() throws IOException {
        rows.close();
        toParquet(array, file);
        Files.deleteIfExists(array);
        Files.deleteIfExists(listOf(array));
      }

      @Override
      public void close() throws IOException {
        rows.close();
      }
    };
  }

  /** Makes a Parquet file of an array and its list, unless no image has a result. */
  static void toParquet(Path array, Path file) throws IOException {
    if (Files.exists(array)) {
      Path part = file.resolveSibling(file.getFileName() + ".part");
      NpyFile.copy(array, LineFile.ids(listOf(array)), part);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** Says whose the rows of an array are. */
  static Path listOf(Path array) {
    return array.resolveSibling(array.getFileName() + ".ndjson");
  }
}
