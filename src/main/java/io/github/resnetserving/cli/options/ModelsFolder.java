package io.github.resnetserving.cli.options;

import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelRepository;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that names the folder of models. */
public final class ModelsFolder extends ConsoleCommand.Options {

  @Option(
      names = "--models-dir",
      paramLabel = "DIR",
      defaultValue = "${env:RESNET_MODELS_DIR:-models}",
      description = "Where models lie (default: ${DEFAULT-VALUE}).")
  private Path folder = Path.of("models");

  public Path path() {
    return folder;
  }

  public ModelRepository repository() {
    return new ModelRepository(folder);
  }

  /** The versions of a model that must be there, or the one asked for; the newest first. */
  public List<String> versions(String name, @Nullable String version) throws ModelException {
    List<String> versions = repository().versions(name);
    if (versions.isEmpty()) {
      throw usage(unknown(name, folder, repository()));
    }
    if (version == null) {
      return versions;
    }
    if (!versions.contains(version)) {
      throw usage(
          "there is no version %s of %s; there are: %s"
              .formatted(version, name, String.join(", ", versions)));
    }
    return List.of(version);
  }

  /** Tells that there is no such model, and which there are. */
  public static String unknown(@Nullable String name, Path folder, ModelRepository repository)
      throws ModelException {
    return "there is no model %s in %s; there are: %s"
        .formatted(name, folder, String.join(", ", repository.names()));
  }
}
