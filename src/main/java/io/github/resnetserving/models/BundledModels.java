package io.github.resnetserving.models;

import java.io.IOException;
import java.net.URL;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The models inside the program, which answer where nothing has been fetched. */
final class BundledModels implements ModelSource {

  /** For photographs: the default where nothing has been fetched. */
  static final String PHOTOGRAPHS = "imagenette-resnet18";

  /** For images of 32 pixels. */
  static final String SMALL = "cifar10-resnet20";

  private static final List<String> NAMES = List.of(PHOTOGRAPHS, SMALL);
  private static final String VERSION = "1";

  @Override
  public List<String> names() {
    return NAMES.stream().filter(name -> manifest(name) != null).toList();
  }

  @Override
  public List<String> versions(String name) {
    return names().contains(name) ? List.of(VERSION) : List.of();
  }

  @Override
  public Optional<ModelSpec> find(String name, String version) throws ModelException {
    URL found = NAMES.contains(name) && version.equals(VERSION) ? manifest(name) : null;
    if (found == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(ModelManifest.spec(name, VERSION, found));
    } catch (ModelException e) {
      throw e;
    } catch (IOException e) {
      throw new ModelException("the model inside the program cannot be read", e);
    }
  }

  private static @Nullable URL manifest(String name) {
    return BundledModels.class.getResource(
        "/models/%s/%s/%s".formatted(name, VERSION, ModelManifest.FILE));
  }
}
