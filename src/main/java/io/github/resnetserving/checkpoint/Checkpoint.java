package io.github.resnetserving.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An open weights file: safetensors, what torch.save writes or wrote before torch 1.6, or the index
 * of such files that are the shards of one checkpoint. The format is found from the bytes; the
 * file's name does not matter.
 *
 * <p>A file on disk is mapped, not read: opening costs its directory, a tensor costs its own bytes,
 * when they are asked for. Nothing in the file is executed. The file must not be shortened while it
 * is open.
 *
 * <p>Immutable and safe for use by many threads, until it is closed.
 *
 * <p>Sources: the safetensors format description; PyTorch's serialization notes; PEP 307 and
 * Python's {@code pickletools}.
 */
public final class Checkpoint implements AutoCloseable {

  private static final int ZIP_ENTRY = 0x04034b50;
  private static final int ZIP_END = 0x06054b50;
  private static final int PICKLE = 0x80;
  private static final int MAX_IN_MEMORY = Integer.MAX_VALUE - 8;

  private final Arena arena;
  private final SequencedMap<String, Tensor> tensors;
  private final Map<String, String> metadata;
  private final StateDictInfo stateDict;
  private final List<StateDictInfo> stateDicts;

  private Checkpoint(Arena arena, Contents contents) {
    this.arena = arena;
    this.tensors =
        Collections.unmodifiableSequencedMap(
            new LinkedHashMap<>(Wrappers.strip(contents.tensors())));
    this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(contents.metadata()));
    this.stateDict = contents.stateDict();
    this.stateDicts = List.copyOf(contents.stateDicts());
  }

  /**
   * Opens a file, or reads any other resource, such as one inside a jar, to memory.
   *
   * @throws WeightsException if it cannot be read, for any reason; the message begins with the
   *     file's name
   */
  public static Checkpoint open(URI uri) throws WeightsException {
    return open(uri, null);
  }

  /**
   * Opens a file and takes one state dict out of it.
   *
   * @param stateDict its name as {@link #stateDicts} tells it; null for the likeliest
   * @throws WeightsException if the file cannot be read, or has no state dict of that name
   */
  @SuppressWarnings("MustBeClosedChecker") // The checkpoint closes the arena.
  public static Checkpoint open(URI uri, @Nullable String stateDict) throws WeightsException {
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try {
      MemorySegment file = bytes(uri, arena);
      Contents contents =
          ShardIndex.isOne(file)
              ? shards(uri, ShardIndex.parse(file), stateDict, arena)
              : read(file, stateDict);
      var checkpoint = new Checkpoint(arena, contents);
      opened = true;
      return checkpoint;
    } catch (WeightsException e) {
      throw e.in(nameOf(uri));
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  /** Finds the format of a whole file and reads its directory. */
  static Contents read(MemorySegment file) throws WeightsException {
    return read(file, null);
  }

  private static Contents read(MemorySegment file, @Nullable String stateDict)
      throws WeightsException {
    if (file.byteSize() > 8 && file.get(ValueLayout.JAVA_BYTE, 8) == '{') {
      return readPlain(SafetensorsReader.read(file), stateDict);
    }
    int start = file.byteSize() < 4 ? 0 : file.get(Cursor.INT, 0);
    if (start == ZIP_ENTRY || start == ZIP_END) {
      return TorchZipReader.read(file, stateDict);
    }
    if ((start & 0xff) == PICKLE) {
      return TorchLegacyReader.read(file, stateDict);
    }
    throw ForeignWeights.of(file);
  }

  /** Of a format that has nothing around its tensors. */
  private static Contents readPlain(Contents contents, @Nullable String stateDict)
      throws WeightsException {
    if (stateDict != null && !stateDict.isEmpty()) {
      throw new WeightsException(
          "it is safetensors, which holds no state dict named %s: leave the name out"
              .formatted(Printable.of(stateDict)));
    }
    return contents;
  }

  private static Contents shards(URI uri, ShardIndex index, @Nullable String stateDict, Arena arena)
      throws WeightsException {
    var shards = new LinkedHashMap<String, Contents>();
    for (String name : index.shards()) {
      try {
        shards.put(name, read(bytes(uri.resolve(name), arena), null));
      } catch (WeightsException e) {
        throw e.in("its shard " + name);
      }
    }
    return readPlain(Contents.plain(index.join(shards), Map.of()), stateDict);
  }

  private static MemorySegment bytes(URI uri, Arena arena) throws WeightsException {
    try {
      return "file".equals(uri.getScheme()) ? map(Path.of(uri), arena) : load(uri);
    } catch (IllegalArgumentException e) {
      throw new WeightsException("it is not the address of a file: " + e.getMessage(), e);
    }
  }

  private static MemorySegment map(Path path, Arena arena) throws WeightsException {
    if (!Files.exists(path)) {
      throw new WeightsException("there is no such file: " + path);
    }
    if (!Files.isRegularFile(path)) {
      throw new WeightsException("it is not a file, but perhaps a folder: " + path);
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (IOException e) {
      throw new WeightsException("it cannot be opened: " + e.getMessage(), e);
    }
  }

  private static MemorySegment load(URI uri) throws WeightsException {
    try (InputStream in = uri.toURL().openStream()) {
      byte[] bytes = in.readNBytes(MAX_IN_MEMORY);
      if (bytes.length == MAX_IN_MEMORY) {
        throw new WeightsException("it has 2 GiB or more: give it as a file on disk");
      }
      return MemorySegment.ofArray(bytes);
    } catch (WeightsException e) {
      throw e;
    } catch (IOException e) {
      throw new WeightsException("it cannot be read: " + e.getMessage(), e);
    }
  }

  private static String nameOf(URI uri) {
    String text = uri.toString();
    return Printable.of(text.substring(text.lastIndexOf('/') + 1));
  }

  /**
   * The tensors by their names in the state dict, in the file's order; at least one. A state dict
   * that lies inside a training state is taken out of it, and prefixes that a wrapper put before
   * all names ({@code module.} of DataParallel, {@code _orig_mod.} of torch.compile) are taken off.
   */
  public SequencedMap<String, Tensor> tensors() {
    return tensors;
  }

  /** Where the tensors lie in the file. */
  public StateDictInfo stateDict() {
    return stateDict;
  }

  /**
   * The state dicts of the file that come into question, the taken one first; only that one where a
   * name was given.
   */
  public List<StateDictInfo> stateDicts() {
    return stateDicts;
  }

  /** Free text that came with the tensors: safetensors' {@code __metadata__}. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** Whether the tensors lay beside a program, as TorchScript saves them: it is not looked at. */
  public boolean hasProgram() {
    return metadata.containsKey(TorchZipReader.PROGRAM);
  }

  /** Releases the file; its tensors can then no longer be read. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  /**
   * What a reader found in a file.
   *
   * @param tensors by the names in the state dict, in the file's order
   * @param metadata free text that came with them
   * @param stateDict where they lie in the file
   * @param stateDicts the dictionaries of the file that come into question, that one first
   */
  record Contents(
      SequencedMap<String, Tensor> tensors,
      Map<String, String> metadata,
      StateDictInfo stateDict,
      List<StateDictInfo> stateDicts) {

    /** Of a file that has tensors and nothing around them. */
    static Contents plain(SequencedMap<String, Tensor> tensors, Map<String, String> metadata) {
      StateDictInfo own = new StateDictInfo("", tensors.size());
      return new Contents(tensors, metadata, own, List.of(own));
    }
  }

  /**
   * A dictionary of tensors in a weights file.
   *
   * @param name its keys from the outside in, joined by dots; empty for the file's own
   * @param tensors how many tensors it holds
   */
  public record StateDictInfo(String name, int tensors) {

    private static final Pattern AVERAGED =
        Pattern.compile("(?i)(?:.*[._-])?(?:ema|averaged?|avg|swa|polyak|shadow)(?:[._-].*)?");

    /**
     * Whether the name tells that the weights are an average over training, as EMA and SWA take.
     */
    public boolean isAveraged() {
      return namesAnAverage(name);
    }

    /** Whether a name tells of an average over training, such as {@code model_ema}. */
    public static boolean namesAnAverage(String name) {
      return AVERAGED.matcher(name).matches();
    }

    @Override
    public String toString() {
      return "%s (%d tensors)"
          .formatted(name.isEmpty() ? "the file's own" : Printable.of(name), tensors);
    }
  }
}
