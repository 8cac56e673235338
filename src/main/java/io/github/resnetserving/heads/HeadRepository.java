package io.github.resnetserving.heads;

import io.github.resnetserving.heads.Head.Backbone;
import io.github.resnetserving.heads.Head.Facts;
import io.github.resnetserving.models.FolderDeletion;
import io.github.resnetserving.models.ModelSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The heads in a models folder, as {@code MODEL/heads/HEAD/VERSION/}. They lie beside the model's
 * versions and not in one, so that a model inside the program can have some, too; whose features a
 * head takes is told by the digest in it. Of a head's versions the newest that belongs to the asked
 * model's weights answers.
 *
 * <p>Thread-safe. A head that was used lately is in memory, and its folder is looked at again where
 * the last look is half a second old: so a new version serves within that time.
 */
public final class HeadRepository {

  private static final long FRESH_NANOS = Duration.ofMillis(500).toNanos();

  /** Heads in memory; one of ten classes takes some 80 KB. */
  private static final int KEPT = 100;

  private record Key(String model, String weights, String preprocessing, String head) {}

  /**
   * A head in memory.
   *
   * @param newest the head's newest version when its folder was looked at
   */
  private record Kept(Head head, String newest, long lookedNanos) {}

  private final Path models;
  private final LongSupplier nanoTime;
  private final SequencedMap<Key, Kept> kept =
      new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true); // guarded by itself

  /**
   * Looks at a folder of models.
   *
   * @param models need not exist
   */
  public HeadRepository(Path models) {
    this(models, System::nanoTime);
  }

  HeadRepository(Path models, LongSupplier nanoTime) {
    this.models = models;
    this.nanoTime = nanoTime;
  }

  /** The names of the models that have heads. */
  public List<String> models() throws IOException {
    return folders(models).stream().filter(name -> !names(name).isEmpty()).toList();
  }

  /** The names of a model's heads, in alphabetical order. */
  public List<String> names(String model) {
    try {
      return ModelSpec.isName(model)
          ? folders(home(model)).stream().filter(name -> !versions(model, name).isEmpty()).toList()
          : List.of();
    } catch (IOException e) {
      return List.of(); // removed while it was looked at
    }
  }

  /** A head's versions, the newest first; none where there is no such head. */
  public List<String> versions(String model, String name) {
    if (!ModelSpec.isName(model) || !ModelSpec.isName(name)) {
      return List.of();
    }
    try {
      return folders(home(model).resolve(name)).stream()
          .filter(version -> version.matches("\\d{1,9}"))
          .sorted(Comparator.<String>comparingInt(Integer::parseInt).reversed())
          .toList();
    } catch (IOException e) {
      return List.of(); // removed while it was looked at
    }
  }

  /**
   * What a model's heads are: of each its newest version.
   *
   * @param damaged hears what is wrong with those that cannot be read
   */
  public List<Facts> list(String model, Consumer<String> damaged) {
    List<Facts> all = new ArrayList<>();
    for (String name : names(model)) {
      List<String> versions = versions(model, name);
      try {
        if (!versions.isEmpty()) {
          all.add(facts(model, name, versions.getFirst()));
        }
      } catch (HeadException e) {
        damaged.accept(String.valueOf(e.getMessage()));
      }
    }
    return all;
  }

  /**
   * Finds a head for a model, from memory where it was used lately.
   *
   * @throws HeadException if there is none of that name, it belongs to other weights, or its files
   *     are damaged
   */
  public Head find(ModelSpec model, String name) throws HeadException {
    Key key = new Key(model.name(), model.digest(), model.preprocessing().id(), name);
    long now = nanoTime.getAsLong();
    @Nullable Kept before;
    synchronized (kept) {
      before = kept.get(key);
    }
    if (before != null && now - before.lookedNanos() < FRESH_NANOS) {
      return before.head();
    }
    List<String> versions = versions(model.name(), name);
    if (versions.isEmpty()) {
      keep(key, null);
      throw HeadException.unknown(model.name(), name, names(model.name()));
    }
    boolean same =
        before != null
            && versions.getFirst().equals(before.newest())
            && versions.contains(before.head().facts().version());
    Head found = same && before != null ? before.head() : newest(model, name, versions);
    keep(key, new Kept(found, versions.getFirst(), now));
    return found;
  }

  /** The newest version that belongs to the model's weights. */
  private Head newest(ModelSpec model, String name, List<String> versions) throws HeadException {
    for (String version : versions) {
      Facts facts = facts(model.name(), name, version);
      if (facts.backbone().is(model)) {
        return HeadFile.read(
            folder(model.name(), name, version), facts, where(model.name(), name, version));
      }
    }
    throw HeadException.foreign(model, facts(model.name(), name, versions.getFirst()));
  }

  /**
   * Chooses heads by their names.
   *
   * @param names empty for none
   */
  public HeadChoice choose(List<String> names) {
    List<String> distinct = List.copyOf(new LinkedHashSet<>(names));
    return model -> {
      List<Head> heads = new ArrayList<>(distinct.size());
      for (String name : distinct) {
        heads.add(find(model, name));
      }
      return heads;
    };
  }

  /**
   * Stores a head as a new version, which is there whole or not at all.
   *
   * @param name letters, digits, dots, dashes and underscores
   * @param backbone whose features it was fitted to
   * @param data where its images came from, for people
   * @throws HeadException if the name is none
   */
  public Head add(String name, Backbone backbone, HeadDraft draft, String data) throws IOException {
    requireName(name);
    Path parent = Files.createDirectories(home(backbone.model()).resolve(name));
    List<String> versions = versions(backbone.model(), name);
    String version =
        versions.isEmpty() ? "1" : Integer.toString(Integer.parseInt(versions.getFirst()) + 1);
    Path part = Files.createDirectory(parent.resolve(".part-" + UUID.randomUUID()));
    try {
      Head head = HeadFile.write(part, name, version, backbone, draft, data);
      Files.move(part, parent.resolve(version), StandardCopyOption.ATOMIC_MOVE);
      forget(backbone.model(), name);
      return head;
    } finally {
      if (Files.exists(part)) {
        FolderDeletion.delete(part);
      }
    }
  }

  /**
   * Checks what a head is to be called.
   *
   * @throws HeadException if it is no name
   */
  public static void requireName(String name) throws HeadException {
    if (!ModelSpec.isName(name)) {
      throw HeadException.unusable(
          "\"%s\" is no name for a head: take letters, digits, dots, dashes and underscores."
              .formatted(name.length() <= 100 ? name : name.substring(0, 100) + "…"),
          null);
    }
  }

  /**
   * Removes a head. It disappears at once, before its files do.
   *
   * @param version null for all versions
   * @throws HeadException if it is not there
   */
  public void remove(String model, String name, @Nullable String version) throws IOException {
    List<String> versions = versions(model, name);
    if (versions.isEmpty()) {
      throw HeadException.unknown(model, name, names(model));
    }
    if (version != null && !versions.contains(version)) {
      throw HeadException.unusable(
          "The head %s of %s has no version %s. There are: %s."
              .formatted(name, model, version, String.join(", ", versions)),
          null);
    }
    Path hidden = home(model).resolve(".removed-" + UUID.randomUUID());
    boolean all = version == null || versions.size() == 1;
    Path leaving = home(model).resolve(name);
    Files.move(
        all ? leaving : leaving.resolve(String.valueOf(version)),
        hidden,
        StandardCopyOption.ATOMIC_MOVE);
    forget(model, name);
    FolderDeletion.delete(hidden);
  }

  private void keep(Key key, @Nullable Kept head) {
    synchronized (kept) {
      if (head == null) {
        kept.remove(key);
      } else {
        kept.put(key, head);
      }
      if (kept.size() > KEPT) {
        kept.pollFirstEntry();
      }
    }
  }

  private void forget(String model, String name) {
    synchronized (kept) {
      kept.keySet().removeIf(key -> key.model().equals(model) && key.head().equals(name));
    }
  }

  private Facts facts(String model, String name, String version) throws HeadException {
    return HeadFile.facts(folder(model, name, version), where(model, name, version));
  }

  private static String where(String model, String name, String version) {
    return "The head %s of %s, version %s,".formatted(name, model, version);
  }

  private Path home(String model) {
    return models.resolve(model).resolve("heads");
  }

  private Path folder(String model, String name, String version) {
    return home(model).resolve(name).resolve(version);
  }

  /** The names of the folders in a folder, without hidden ones; none where it is not there. */
  private static List<String> folders(Path parent) throws IOException {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(parent)) {
      return entries
          .filter(Files::isDirectory)
          .map(path -> String.valueOf(path.getFileName()))
          .filter(name -> !name.startsWith("."))
          .sorted()
          .toList();
    }
  }
}
