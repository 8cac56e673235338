package io.github.resnetserving.cli.output;

import io.github.resnetserving.cli.output.ShardState.Run;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Puts the shards of a run together in the order of a run without shards. A shard is read as a few
 * ascending stretches: one, and one more for each time that it went on after images were added. So
 * nothing is held but a line of each. Not thread-safe.
 */
public final class ShardMerge {

  private static final JsonMapper MAPPER = new JsonMapper();

  private final Path folder;
  private final String base;
  private final String ending;

  /** How many images there are, and how many of them have no result. */
  public record Merged(long images, long failures) {}

  /**
   * @param folder where the shards are
   * @param name of the whole file, which ends in {@code .npy} or {@code .ndjson}
   */
  private ShardMerge(Path folder, String name) {
    this.folder = folder;
    int dot = name.lastIndexOf('.');
    this.base = name.substring(0, dot);
    this.ending = name.substring(dot);
  }

  /** Makes a file of lines of all shards' lines. */
  public static Merged lines(Path folder, Path file) throws IOException {
    FeatureSink.refuseExisting(file);
    Path part = part(file);
    try {
      Merged merged = new ShardMerge(folder, nameOf(file)).into(part, null);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      return merged;
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** Makes an array, and the list of whose its rows are, of all shards' arrays and lists. */
  public static Merged array(Path folder, Path file) throws IOException {
    FeatureSink.refuseExisting(file);
    Path part = part(file);
    Path list = FeatureSink.listOf(file);
    Path listPart = part(list);
    try {
      Merged merged = new ShardMerge(folder, nameOf(file)).into(listPart, part);
      Files.move(listPart, list, StandardCopyOption.ATOMIC_MOVE);
      if (Files.exists(part)) { // there is none where no image has a result
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      }
      return merged;
    } finally {
      Files.deleteIfExists(part);
      Files.deleteIfExists(listPart);
    }
  }

  /** Makes a Parquet file of all shards' arrays and lists. */
  public static Merged parquet(Path folder, Path file) throws IOException {
    FeatureSink.refuseExisting(file);
    String name = nameOf(file);
    String shards = name.substring(0, name.lastIndexOf('.')) + ".npy";
    Path array = file.resolveSibling(name + ".npy");
    Path list = FeatureSink.listOf(array);
    try {
      Merged merged = new ShardMerge(folder, shards).into(list, array);
      FeatureSink.toParquet(array, file);
      return merged;
    } finally {
      Files.deleteIfExists(array);
      Files.deleteIfExists(list);
    }
  }

  private static String nameOf(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static Path part(Path file) {
    return file.resolveSibling(file.getFileName() + ".part");
  }

  /**
   * @param array null for lines alone
   */
  private Merged into(Path lines, @Nullable Path array) throws IOException {
    List<Path> shards = shards();
    RunOrder order = new RunOrder(run(shards).words());
    PriorityQueue<ShardStretch> next = new PriorityQueue<>();
    List<ShardStretch> all = new ArrayList<>();
    try (Output output = new Output(lines, array)) {
      for (Path shard : shards) {
        all.addAll(ShardStretch.of(shard, ending.equals(".npy"), order));
      }
      for (ShardStretch stretch : all) {
        if (stretch.advance()) {
          next.add(stretch);
        }
      }
      for (ShardStretch first = next.poll(); first != null; first = next.poll()) {
        output.put(first);
        if (first.advance()) {
          next.add(first);
        }
      }
      return new Merged(output.images, output.failures);
    } finally {
      for (ShardStretch stretch : all) {
        stretch.close();
      }
    }
  }

  /** All shards, by their numbers. */
  private List<Path> shards() throws IOException {
    Pattern name =
        Pattern.compile(
            Pattern.quote(base) + "-(\\d{5})-of-(\\d{5})" + Pattern.quote(ending) + "\\.shard");
    SortedSet<Integer> counts = new TreeSet<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Matcher matcher = name.matcher(String.valueOf(file.getFileName()));
        if (matcher.matches()) {
          counts.add(Integer.valueOf(matcher.group(2)));
        }
      }
    }
    if (counts.size() != 1) {
      throw new IOException(
          counts.isEmpty()
              ? "%s has no shards of %s%s: name the file that --out named with --shard"
                  .formatted(folder, base, ending)
              : "%s has shards of %s%s in several numbers, %s: delete those of all but one"
                  .formatted(folder, base, ending, counts));
    }
    int count = counts.first();
    return Stream.iterate(0, index -> index < count, index -> index + 1)
        .map(index -> new Shard(index, count).file(folder.resolve(base + ending)))
        .toList();
  }

  /** What all shards are of; refuses those that are not complete. */
  private static Run run(List<Path> shards) throws IOException {
    Run run = null;
    for (Path shard : shards) {
      Optional<ShardState.Stored> state = ShardState.of(shard);
      if (state.isEmpty() || !state.get().complete()) {
        throw new IOException(
            "%s is not complete: compute that shard, which goes on where it stopped"
                .formatted(shard));
      }
      if (run != null && !run.equals(state.get().run())) {
        throw new IOException(
            "%s and %s are of different runs: other files, another model or other options"
                .formatted(shards.getFirst(), shard));
      }
      run = state.get().run();
    }
    if (run == null) {
      throw new IllegalStateException("there is at least one shard");
    }
    return run;
  }

  /** What is put together. */
  private static final class Output implements AutoCloseable {

    private final OutputStream lines;
    private final @Nullable Path file;
    private @Nullable NpyFile array;
    private long images;
    private long failures;

    /**
     * @param array null for lines alone
     */
    Output(Path lines, @Nullable Path array) throws IOException {
      this.lines = new BufferedOutputStream(Files.newOutputStream(lines), 1 << 16);
      this.file = array;
    }

    void put(ShardStretch stretch) throws IOException {
      byte[] line = stretch.line();
      if (file != null && !stretch.failed()) {
        if (array == null) { // only now its shape is known
          array = new NpyFile(file, stretch.shape(), /* rows= */ 0);
        }
        array.put(stretch.row());
        line = MAPPER.writeValueAsBytes(FeatureSink.row(stretch.id(), images - failures));
      }
      lines.write(line);
      lines.write('\n');
      images++;
      failures += stretch.failed() ? 1 : 0;
    }

    @Override
    public void close() throws IOException {
      try (lines) {
        if (array != null) {
          array.writeHeader();
          array.close();
        }
      }
    }
  }
}
