package io.github.resnetserving.models;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The models that are on this machine: those of a {@link FolderModels folder}, the folder itself
 * where it is {@link SingleModelFolder one model}, and {@link BundledModels those inside the
 * program}. The first of these that has a version of a model hides the same version of the others.
 *
 * <p>Thread-safe; reads the folder anew at each call.
 */
public final class ModelRepository implements ModelSource {

  /** The model inside the program that answers where nothing has been fetched. */
  public static final String BUNDLED = BundledModels.PHOTOGRAPHS;

  /** The model inside the program for images of 32 pixels. */
  public static final String BUNDLED_SMALL = BundledModels.SMALL;

  private static final String PREFERRED = "resnet50";

  private final FolderModels folder;
  private final SingleModelFolder single;
  private final List<ModelSource> sources;

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
   * @param singleName what to call the folder's model if it is itself one
   */
  public ModelRepository(Path folder, String singleName) {
    this.folder = new FolderModels(folder);
    this.single = new SingleModelFolder(folder, singleName);
    this.sources = List.of(this.folder, single, new BundledModels());
  }

  /** Every model's name, in alphabetical order. */
  @Override
  public List<String> names() throws ModelException {
    TreeSet<String> names = new TreeSet<>();
    for (ModelSource source : sources) {
      names.addAll(source.names());
    }
    return List.copyOf(names);
  }

  @Override
  public List<String> versions(String name) throws ModelException {
    List<String> versions = new ArrayList<>();
    for (ModelSource source : sources) {
      versions.addAll(source.versions(name));
    }
    return versions.stream()
        .distinct()
        .sorted(Comparator.<String>comparingInt(Integer::parseInt).reversed())
        .toList();
  }

  @Override
  public Optional<ModelSpec> find(String name, String version) throws ModelException {
    for (ModelSource source : sources) {
      Optional<ModelSpec> found = source.find(name, version);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /**
   * The model that the folder itself is, else {@code resnet50} where it is there, else the model
   * for photographs inside the program.
   */
  public Optional<ModelSpec> findDefault() throws ModelException {
    for (String name : List.of(single.name(), PREFERRED, BUNDLED)) {
      Optional<ModelSpec> found = name.equals(single.name()) ? single.find(name) : find(name);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /**
   * Whether a version lies in the folder, as {@code NAME/VERSION}; those that do not are inside the
   * program, or the folder itself.
   */
  public boolean isInFolder(String name, String version) throws ModelException {
    return folder.versions(name).contains(version);
  }

  /**
   * Removes one version of a model from the folder. It disappears at once, before its files do.
   *
   * @throws ModelException if it is not in the folder
   */
  public void remove(String name, String version) throws IOException {
    if (!isInFolder(name, version)) {
      throw new ModelException(
          versions(name).contains(version)
              ? "version %s of %s is %s, it cannot be removed"
                  .formatted(version, name, whereElse(name))
              : "there is no version %s of %s in %s".formatted(version, name, folder.folder()));
    }
    folder.remove(name, version);
  }

  /**
   * Removes every version of a model from the folder. It disappears at once, before its files do.
   *
   * @throws ModelException if it is not in the folder
   */
  public void remove(String name) throws IOException {
    if (folder.versions(name).isEmpty()) {
      throw new ModelException(
          versions(name).isEmpty()
              ? "there is no model %s in %s".formatted(name, folder.folder())
              : "%s is %s, it cannot be removed".formatted(name, whereElse(name)));
    }
    folder.remove(name);
  }

  private String whereElse(String name) {
    return single.versions(name).isEmpty()
        ? "inside the program"
        : "the folder " + folder.folder() + " itself";
  }

  /** Adds a model to the folder: see {@link FolderModels#add}. */
  public ModelSpec add(
      String name,
      Path weights,
      NetworkOptions network,
      Preprocessing preprocessing,
      Labels labels,
      Map<String, byte[]> others)
      throws IOException {
    return folder.add(name, weights, network, preprocessing, labels, others);
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
}
