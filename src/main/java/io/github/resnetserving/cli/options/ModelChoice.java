package io.github.resnetserving.cli.options;

import io.github.resnetserving.heads.HeadRepository;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that name a model. */
public final class ModelChoice extends ConsoleCommand.Options {

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "The model; resnet50 where it is there, else " + ModelRepository.BUNDLED + ".")
  private @Nullable String name;

  @Option(
      names = "--models-dir",
      paramLabel = "DIR",
      defaultValue = "${env:RESNET_MODELS_DIR:-models}",
      description = "Where models lie (default: ${DEFAULT-VALUE}).")
  private Path folder = Path.of("models");

  /** The heads of the models there. */
  public HeadRepository heads() {
    return new HeadRepository(folder);
  }

  /** The model. */
  public ModelSpec find() throws ModelException {
    ModelRepository repository = new ModelRepository(folder);
    String asked = name;
    Optional<ModelSpec> found = asked == null ? repository.findDefault() : repository.find(asked);
    if (found.isPresent()) {
      return found.get();
    }
    throw usage(ModelsFolder.unknown(asked, folder, repository));
  }
}
