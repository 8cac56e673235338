package io.github.resnetserving.cli;

import io.github.resnetserving.checkpoint.Checkpoint;
import io.github.resnetserving.checkpoint.SafetensorsWriter;
import io.github.resnetserving.checkpoint.imports.ForeignFile;
import io.github.resnetserving.checkpoint.imports.PublishedInput;
import io.github.resnetserving.graph.NetworkFile;
import io.github.resnetserving.graph.Topology;
import io.github.resnetserving.models.FolderDeletion;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.NetworkOptions;
import io.github.resnetserving.models.NetworkOptions.Variant;
import io.github.resnetserving.models.Preprocessing;
import io.github.resnetserving.models.PublishedSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What {@code --weights} names, as one file that is read here: files of other libraries are
 * converted, shards are joined. For use by one thread.
 */
final class WeightsToAdd implements AutoCloseable {

  private static final PublishedSettings NOTHING =
      new PublishedSettings(null, null, null, List.of());

  private final Path file;
  private final PublishedSettings published;
  private final @Nullable ForeignFile foreign;
  private final List<Path> made = new ArrayList<>();

  private WeightsToAdd(Path file, PublishedSettings published, @Nullable ForeignFile foreign) {
    this.file = file;
    this.published = published;
    this.foreign = foreign;
  }

  /**
   * Finds the weights, and converts those of another library.
   *
   * @throws IOException if they cannot be read
   */
  static WeightsToAdd of(Path weights) throws IOException {
    if (Files.isDirectory(weights)) {
      return new WeightsToAdd(
          PublishedSettings.weights(weights), PublishedSettings.ofFolder(weights), null);
    }
    ForeignFile foreign = ForeignFile.open(weights).orElse(null);
    if (foreign == null) {
      return new WeightsToAdd(weights, NOTHING, null);
    }
    Path folder = Files.createTempDirectory("converted-");
    boolean written = false;
    try {
      Path converted = folder.resolve("weights.safetensors");
      foreign.write(converted);
      WeightsToAdd added =
          new WeightsToAdd(
              converted,
              new PublishedSettings(foreign.preprocessing(), null, null, List.of()),
              foreign);
      added.made.add(folder);
      written = true;
      return added;
    } finally {
      if (!written) {
        FolderDeletion.delete(folder);
      }
    }
  }

  /** Whether images' channels are taken in the order blue, green, red, as far as is known. */
  boolean isBgr() {
    PublishedInput input = foreign == null ? null : foreign.input();
    return input != null && input.isBgr();
  }

  /** Whether the network standardises its input itself. */
  boolean scales() {
    return foreign != null && foreign.network().scale() != null;
  }

  /**
   * The same weights for images whose channels come in the other order: red, green, blue are shown
   * to every network, and one that takes blue, green, red has its first kernel turned round. They
   * last as long as these.
   *
   * @param stateDict which state dict of the file; null for the usual one. The result has that
   *     alone
   * @throws IOException if they cannot be read or written
   */
  WeightsToAdd swapped(@Nullable String stateDict) throws IOException {
    Path folder = Files.createTempDirectory("swapped-");
    made.add(folder);
    Path swapped = folder.resolve("weights.safetensors");
    NetworkFile.swapChannels(file.toUri(), stateDict, swapped);
    return new WeightsToAdd(swapped, published, foreign == null ? null : foreign.swapped());
  }

  /** The file to read, or the index of several. */
  Path file() {
    return file;
  }

  /** What was published with it. */
  PublishedSettings published() {
    return published;
  }

  /** Sentences on where the preprocessing is from, and on what is done here in another way. */
  List<String> notes() {
    if (foreign == null) {
      return List.of();
    }
    List<String> notes = new ArrayList<>();
    PublishedInput input = foreign.input();
    if (input != null) {
      notes.add(
          "unless an option says otherwise, the preprocessing is what %s. A network that was trained on may take another: --check DIR compares"
              .formatted(input.description()));
    }
    notes.addAll(foreign.network().notes());
    return notes;
  }

  /** Where nothing was said, what the file or its publisher tells. */
  NetworkOptions known(NetworkOptions said) {
    NetworkOptions told =
        foreign == null
            ? NetworkOptions.USUAL.withVariant(published.variant())
            : foreign.network().options();
    return said.withVariant(said.variant() == null ? told.variant() : said.variant())
        .withStem(
            said.stemStride() == null ? told.stemStride() : said.stemStride(),
            said.stemPool() == null ? told.stemPool() : said.stemPool());
  }

  /** The preprocessing, together with what the network itself does with its input. */
  PreprocessingChoice.Chosen scaled(PreprocessingChoice.Chosen chosen) throws ModelException {
    return new PreprocessingChoice.Chosen(
        scaled(chosen.preprocessing()), chosen.assumed(), chosen.notes());
  }

  /**
   * The same.
   *
   * @throws ModelException if both together are those of no images
   */
  Preprocessing scaled(Preprocessing chosen) throws ModelException {
    if (foreign == null) {
      return chosen;
    }
    try {
      return foreign.network().preprocessing(chosen);
    } catch (IllegalArgumentException e) {
      throw new ModelException(
          "the network standardises its input itself, and not as the preprocessing leaves it (%s). For images of 0 to 255: give --mean 0,0,0 --std 0.003922,0.003922,0.003922"
              .formatted(e.getMessage()));
    }
  }

  /** A line that says what network it is. */
  String found(Topology topology, NetworkOptions said) {
    String blocks =
        topology.lastNorm() != null
            ? "pre-activated"
            : !topology.isBottleneck()
                ? "basic blocks"
                : Objects.requireNonNullElse(topology.variant(), said.variantOrUsual())
                        == Variant.V1
                    ? "bottlenecks of v1"
                    : "bottlenecks of v1.5";
    String classes =
        topology.classes() == 0
            ? "no classifier"
            : String.format(Locale.ROOT, "%,d classes", topology.classes());
    return "found: ResNet-%d, %s, %s%s"
        .formatted(
            topology.depth(),
            blocks,
            classes,
            foreign == null ? "" : ", from %s".formatted(foreign.format()));
  }

  /**
   * The weights in one file, as a model has them.
   *
   * @throws IOException if shards cannot be joined
   */
  Path single() throws IOException {
    if (!file.toString().endsWith(".index.json")) {
      return file;
    }
    Path directory = Files.createTempDirectory("joined-");
    made.add(directory);
    try (Checkpoint shards = Checkpoint.open(file.toUri())) {
      Path joined = directory.resolve("weights.safetensors");
      SafetensorsWriter.copy(joined, shards);
      return joined;
    }
  }

  @Override
  public void close() throws IOException {
    for (Path folder : made) {
      FolderDeletion.delete(folder);
    }
  }
}
