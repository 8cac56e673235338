package io.github.resnetserving.models;

import java.io.IOException;
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
 * A folder of models, as {@code NAME/VERSION/{model.json, weights.*, labels.*}}.
 *
 * <p>Thread-safe; reads the folder anew at each call.
 *
 * @param folder need not exist
 */
public record FolderModels(Path folder) implements ModelSource {

  @Override
  public List<String> names() throws ModelException {
    List<String> names = new ArrayList<>();
    for (String name : children(folder)) {
      if (!versions(name).isEmpty()) {
        names.add(name);
      }
    }
    return names;
  }

  @Override
  public List<String> versions(String name) throws ModelException {
    return ModelSpec.isName(name)
        ? children(folder.resolve(name)).stream()
            .filter(version -> version.matches("\\d{1,9}"))
            .sorted(Comparator.<String>comparingInt(Integer::parseInt).reversed())
            .toList()
        : List.of();
  }

  @Override
  public Optional<ModelSpec> find(String name, String version) throws ModelException {
    return versions(name).contains(version) ? Optional.of(read(name, version)) : Optional.empty();
  }

  /** Removes one version of a model that is there. It disappears at once, before its files do. */
  void remove(String name, String version) throws IOException {
    Path parent = folder.resolve(name);
    Path hidden = parent.resolve(".removed-" + UUID.randomUUID());
    Files.move(parent.resolve(version), hidden, StandardCopyOption.ATOMIC_MOVE);
    FolderDeletion.delete(hidden);
    if (isEmpty(parent)) {
      FolderDeletion.delete(parent);
    }
  }

  /** Removes every version of a model that is there. It disappears at once, before its files do. */
  void remove(String name) throws IOException {
    Path hidden = folder.resolve(".removed-" + UUID.randomUUID());
    Files.move(folder.resolve(name), hidden, StandardCopyOption.ATOMIC_MOVE);
    FolderDeletion.delete(hidden);
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
    ModelSpec.requireName(name);
    List<String> versions = versions(name);
    String version =
        versions.isEmpty() ? "1" : Integer.toString(Integer.parseInt(versions.getFirst()) + 1);
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
    String digest = Digest.sha256(moved ? weights : placed);
    @Nullable String names = labels.count() == 0 ? null : "labels.csv";
    ModelManifest manifest = ModelManifest.of(file, digest, names, network, preprocessing);
    Files.writeString(part.resolve(ModelManifest.FILE), manifest.toJson());
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
      return ModelManifest.spec(name, version, home.resolve(ModelManifest.FILE).toUri().toURL());
    } catch (ModelException e) {
      throw e;
    } catch (IOException e) {
      throw new ModelException(
          "the model %s, version %s, has no readable model.json and labels: %s"
              .formatted(name, version, e.getMessage()),
          e);
    }
  }
}
