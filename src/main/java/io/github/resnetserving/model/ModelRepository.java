package io.github.resnetserving.model;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The models that are on this machine: those of a folder, {@code NAME/VERSION/{model.json,
 * weights.*, labels.*}}, and the one inside the program. A folder's model hides one of the same
 * name and version inside. A folder with a model's files directly inside is that model, version 1,
 * too, whether it is ours or one as Hugging Face publishes them.
 *
 * <p>Thread-safe; reads the folder anew at each call.
 */
public final class ModelRepository {

  /** The model inside the program, which answers where nothing has been fetched. */
  public static final String BUNDLED = "cifar10-resnet20";

  private static final String BUNDLED_VERSION = "1";
  private static final String PREFERRED = "resnet50";
  private static final String MANIFEST = ManifestFile.NAME;
  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]*";

  private final Path folder;
  private final LoneModel lone;

  /**
   * Looks at a folder of models. If it is itself one model, that has the folder's name.
   *
   * @param folder need not exist
   */
  public ModelRepository(Path folder) {
    this(folder, String.valueOf(folder.toAbsolutePath().normalize().getFileName()));
  }

  /**
   * Looks at a folder of models.
   *
   * @param folder need not exist
   * @param loneName what to call the folder's model if it is itself one
   */
  public ModelRepository(Path folder, String loneName) {
    this.folder = folder;
    this.lone = new LoneModel(folder, loneName);
  }

  /** Every model's name, in alphabetical order. */
  public List<String> names() throws ModelException {
    List<String> names = new ArrayList<>();
    for (String name : children(folder)) {
      if (name.matches(NAME) && newest(name).isPresent()) {
        names.add(name);
      }
    }
    if (lone.isThere() && !names.contains(lone.name())) {
      names.add(lone.name());
    }
    if (!names.contains(BUNDLED) && bundledManifest() != null) {
      names.add(BUNDLED);
    }
    return names.stream().sorted().toList();
  }

  /**
   * The model that the folder itself is, else {@code resnet50} where it is there, else the model
   * inside the program.
   */
  public Optional<ModelSpec> findDefault() throws ModelException {
    if (lone.isThere()) {
      return Optional.of(lone.read());
    }
    Optional<ModelSpec> preferred = find(PREFERRED);
    return preferred.isPresent() ? preferred : find(BUNDLED);
  }

  /** The newest version of a model, or nothing if there is no model of that name. */
  public Optional<ModelSpec> find(String name) throws ModelException {
    if (!name.matches(NAME)) {
      return Optional.empty();
    }
    Optional<String> newest = newest(name);
    if (newest.isPresent()) {
      return Optional.of(read(name, newest.get()));
    }
    if (isLone(name)) {
      return Optional.of(lone.read());
    }
    return name.equals(BUNDLED) ? bundled() : Optional.empty();
  }

  /** A model's versions, the newest first; none if there is no model of that name. */
  public List<String> versions(String name) throws ModelException {
    if (!name.matches(NAME)) {
      return List.of();
    }
    List<String> versions = new ArrayList<>(versionsInFolder(name));
    if (isLone(name) && !versions.contains(LoneModel.VERSION)) {
      versions.add(LoneModel.VERSION);
    }
    if (name.equals(BUNDLED) && !versions.contains(BUNDLED_VERSION) && bundledManifest() != null) {
      versions.add(BUNDLED_VERSION);
    }
    versions.sort(Comparator.<String>comparingInt(Integer::parseInt).reversed());
    return versions;
  }

  /** One version of a model, or nothing if it is not there. */
  public Optional<ModelSpec> find(String name, String version) throws ModelException {
    if (!versions(name).contains(version)) {
      return Optional.empty();
    }
    if (isInFolder(name, version)) {
      return Optional.of(read(name, version));
    }
    return isLone(name) ? Optional.of(lone.read()) : bundled();
  }

  private boolean isLone(String name) {
    return name.equals(lone.name()) && lone.isThere();
  }

  /**
   * Whether a version lies in the folder, as {@code NAME/VERSION}; those that do not are inside the
   * program, or the folder itself.
   */
  public boolean isInFolder(String name, String version) throws ModelException {
    return name.matches(NAME) && versionsInFolder(name).contains(version);
  }

  /**
   * Removes one version of a model from the folder. It disappears at once, before its files do.
   *
   * @throws ModelException if it is not in the folder
   */
  public void remove(String name, String version) throws IOException {
    if (!isInFolder(name, version)) {
      throw new ModelException(
          find(name, version).isPresent()
              ? "version %s of %s is %s, it cannot be removed"
                  .formatted(version, name, whereElse(name))
              : "there is no version %s of %s in %s".formatted(version, name, folder));
    }
    Path parent = folder.resolve(name);
    Path hidden = parent.resolve(".removed-" + UUID.randomUUID());
    Files.move(parent.resolve(version), hidden, StandardCopyOption.ATOMIC_MOVE);
    FolderDeletion.delete(hidden);
    if (isEmpty(parent)) {
      FolderDeletion.delete(parent);
    }
  }

  /**
   * Removes every version of a model from the folder. It disappears at once, before its files do.
   *
   * @throws ModelException if it is not in the folder
   */
  public void remove(String name) throws IOException {
    if (!name.matches(NAME) || versionsInFolder(name).isEmpty()) {
      throw new ModelException(
          find(name).isPresent()
              ? "%s is %s, it cannot be removed".formatted(name, whereElse(name))
              : "there is no model %s in %s".formatted(name, folder));
    }
    Path hidden = folder.resolve(".removed-" + UUID.randomUUID());
    Files.move(folder.resolve(name), hidden, StandardCopyOption.ATOMIC_MOVE);
    FolderDeletion.delete(hidden);
  }

  private String whereElse(String name) {
    return isLone(name) ? "the folder " + folder + " itself" : "inside the program";
  }

  /**
   * Adds a model as a new version, which is there whole or not at all.
   *
   * @param name letters, digits, dots, dashes and underscores
   * @param weights the weights file, which is copied
   * @param network what the weights do not tell; written to model.json as far as it is said
   * @param labels none where the network's head is {@code none}
   * @param others further files for the folder, such as a model card, by name
   * @return the new version
   */
  public ModelSpec add(
      String name,
      Path weights,
      NetworkOptions network,
      Preprocessing preprocessing,
      Labels labels,
      Map<String, byte[]> others)
      throws IOException {
    return add(name, weights, network, preprocessing, labels, others, /* moved= */ false);
  }

  /**
   * As {@code add}, but the weights file is moved: it must lie on the same disk. Where that fails
   * it is where it was.
   */
  public ModelSpec adopt(
      String name,
      Path weights,
      NetworkOptions network,
      Preprocessing preprocessing,
      Labels labels,
      Map<String, byte[]> others)
      throws IOException {
    return add(name, weights, network, preprocessing, labels, others, /* moved= */ true);
  }

  private ModelSpec add(
      String name,
      Path weights,
      NetworkOptions network,
      Preprocessing preprocessing,
      Labels labels,
      Map<String, byte[]> others,
      boolean moved)
      throws IOException {
    requireName(name);
    String version = newest(name).map(v -> Integer.toString(Integer.parseInt(v) + 1)).orElse("1");
    Path parent = Files.createDirectories(folder.resolve(name));
    // Not createTempDirectory, whose folder only its owner may read.
    Path part = Files.createDirectory(parent.resolve(".part-" + UUID.randomUUID()));
    try {
      for (Map.Entry<String, byte[]> other : others.entrySet()) {
        Files.write(part.resolve(other.getKey()), other.getValue());
      }
      fill(part, weights, network, preprocessing, labels, moved);
      Files.move(part, parent.resolve(version), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      if (Files.exists(part)) {
        FolderDeletion.delete(part);
      }
      if (isEmpty(parent)) {
        Files.delete(parent);
      }
    }
    return read(name, version);
  }

  /**
   * Checks what a model is to be called.
   *
   * @throws ModelException if it is no name
   */
  public static void requireName(String name) throws ModelException {
    if (!name.matches(NAME)) {
      throw new ModelException(
          "\"%s\" is no name for a model: take letters, digits, dots, dashes and underscores"
              .formatted(name));
    }
  }

  private static void fill(
      Path part,
      Path weights,
      NetworkOptions network,
      Preprocessing preprocessing,
      Labels labels,
      boolean moved)
      throws IOException {
    String file = "weights" + extension(weights);
    Path placed = part.resolve(file);
    if (!moved) {
      Files.copy(weights, placed);
    }
    String digest;
    try (InputStream in = Files.newInputStream(moved ? weights : placed)) {
      digest = Digest.sha256(in);
    }
    @Nullable String names = labels.count() == 0 ? null : "labels.csv";
    ModelManifest manifest = ModelManifest.of(file, digest, names, network, preprocessing);
    Files.writeString(part.resolve(MANIFEST), manifest.toJson());
    if (names != null) {
      Files.writeString(part.resolve(names), LabelFile.format(labels));
    }
    if (moved) { // last, so that a full disk does not lose it
      Files.move(weights, placed, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static String extension(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    String extension = dot < 0 ? "" : name.substring(dot).toLowerCase(Locale.ROOT);
    return extension.matches("\\.[a-z0-9]+") ? extension : "";
  }

  /**
   * Checks a model's weights file against its digest.
   *
   * @throws ModelException if they differ: the file is damaged or has been replaced
   */
  public static void verify(ModelSpec spec) throws ModelException {
    String actual;
    try {
      actual = WeightsDigest.of(spec.weights());
    } catch (ModelException e) {
      throw e;
    } catch (IOException e) {
      throw new ModelException("the weights of %s cannot be read".formatted(spec.name()), e);
    }
    if (!actual.equals(spec.digest())) {
      throw new ModelException(
          "the weights of %s are not those its model.json names: they have %s, not %s; fetch or add"
                  .formatted(spec.name(), actual, spec.digest())
              + " the model again");
    }
  }

  private Optional<String> newest(String name) throws ModelException {
    return versionsInFolder(name).stream().max(Comparator.comparingInt(Integer::parseInt));
  }

  private List<String> versionsInFolder(String name) throws ModelException {
    return children(folder.resolve(name)).stream()
        .filter(version -> version.matches("\\d{1,9}"))
        .toList();
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }

  private static List<String> children(Path directory) throws ModelException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .filter(Files::isDirectory)
          .map(path -> path.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .toList();
    } catch (IOException e) {
      throw new ModelException("the folder %s cannot be listed".formatted(directory), e);
    }
  }

  private ModelSpec read(String name, String version) throws ModelException {
    Path home = folder.resolve(name).resolve(version);
    try {
      return ManifestFile.spec(name, version, home.resolve(MANIFEST).toUri().toURL());
    } catch (ModelException e) {
      throw e;
    } catch (IOException e) {
      throw new ModelException(
          "the model %s, version %s, has no readable model.json and labels: %s"
              .formatted(name, version, e.getMessage()),
          e);
    }
  }

  private static Optional<ModelSpec> bundled() throws ModelException {
    URL found = bundledManifest();
    if (found == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(ManifestFile.spec(BUNDLED, BUNDLED_VERSION, found));
    } catch (ModelException e) {
      throw e;
    } catch (IOException e) {
      throw new ModelException("the model inside the program cannot be read", e);
    }
  }

  private static @Nullable URL bundledManifest() {
    return ModelRepository.class.getResource(
        "/models/%s/%s/%s".formatted(BUNDLED, BUNDLED_VERSION, MANIFEST));
  }
}
