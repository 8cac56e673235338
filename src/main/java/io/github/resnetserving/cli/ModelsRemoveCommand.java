package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ModelsFolder;
import io.github.resnetserving.models.ModelRepository;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "remove",
    description = "Removes a model from the folder, with all versions or one.")
final class ModelsRemoveCommand implements Callable<Integer> {

  @Mixin private ModelsFolder folder = new ModelsFolder();

  @Parameters(paramLabel = "NAME", description = "The model.")
  private String name = "";

  @Option(names = "--version", paramLabel = "V", description = "Only this version.")
  private @Nullable String version;

  // Not the standard help options, whose --version tells the program's.
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help message and exit.")
  @SuppressWarnings("UnusedVariable") // picocli asks for it
  private boolean help;

  @Override
  public Integer call() throws Exception {
    folder.versions(name, version);
    ModelRepository repository = folder.repository();
    String asked = version;
    if (asked == null) {
      repository.remove(name);
    } else {
      repository.remove(name, asked);
    }
    return 0;
  }
}
