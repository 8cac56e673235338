package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.ModelsFolder;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.download.FetchSettings;
import io.github.resnetserving.models.download.ModelFetcher;
import java.io.PrintWriter;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "fetch",
    description = {
      "Fetches a published model, unless it is there, and prints its folder.",
      "It is checked against the published digest and read as a network before it becomes a model."
          + " A fetch that was stopped goes on where it was when the same command is given again."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "Environment: RESNET_MIRROR, RESNET_OFFLINE, HF_ENDPOINT, HF_TOKEN, HTTPS_PROXY, NO_PROXY."
    })
final class ModelsFetchCommand extends ConsoleCommand {

  @Parameters(
      paramLabel = "NAME",
      description =
          "resnet50, resnet50-v1 and so on (models list --published tells them), or a repository of"
              + " Hugging Face: ORG/NAME or ORG/NAME@REVISION.")
  private String name = "";

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description =
          "Take this file, folder or address instead, and check it as if it had been fetched.")
  private @Nullable String from;

  @Option(
      names = "--mirror",
      paramLabel = "URL",
      description =
          "Where files come from, instead of https://download.pytorch.org/models or"
              + " https://huggingface.co.")
  private @Nullable URI mirror;

  @Option(names = "--offline", description = "Use no network, whatever happens.")
  private boolean offline;

  @Mixin private ModelsFolder folder = new ModelsFolder();

  @Override
  public Integer call() throws Exception {
    Map<String, String> environment = System.getenv();
    ModelFetcher fetcher = fetcher(environment);
    if (fetcher.modelName(name).isEmpty()) {
      throw usage(
          "there is no published model %s: see models list --published, or name a repository of Hugging Face as ORG/NAME"
              .formatted(name));
    }
    PrintWriter err = err();
    ModelSpec fetched;
    try (FetchDisplay display = new FetchDisplay(err)) {
      fetched = fetcher.fetch(name, from, display);
    }
    PrintWriter out = out();
    out.println(folder.path().resolve(fetched.name()).resolve(fetched.version()));
    out.flush();
    return 0;
  }

  private ModelFetcher fetcher(Map<String, String> environment) {
    try {
      FetchSettings settings = FetchSettings.of(environment);
      if (mirror != null) {
        settings = settings.withMirror(mirror);
      }
      return new ModelFetcher(
          folder.path(), offline ? settings.withOffline(true) : settings, environment);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }
}
