package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ModelsFolder;
import io.github.resnetserving.models.ModelRepository;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "remove",
    description = "Removes a model from the folder, with all versions or one.")
final class ModelsRemoveCommand implements Callable<Integer> {

  @Mixin private ModelsFolder folder = new ModelsFolder();

  @Parameters(paramLabel = "NAME", description = "The model.")
  private String name = "";

  @Mixin private VersionChoice choice = new VersionChoice();

  @Override
  public Integer call() throws Exception {
    String asked = choice.version().orElse(null);
    folder.versions(name, asked);
    ModelRepository repository = folder.repository();
    if (asked == null) {
      repository.remove(name);
    } else {
      repository.remove(name, asked);
    }
    return 0;
  }
}
