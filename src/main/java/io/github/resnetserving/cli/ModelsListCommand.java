package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.ModelsFolder;
import io.github.resnetserving.models.ModelException;
import io.github.resnetserving.models.ModelRepository;
import io.github.resnetserving.models.ModelSpec;
import io.github.resnetserving.models.download.ModelFetcher;
import io.github.resnetserving.models.download.ModelFetcher.PublishedModel;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "list",
    description = {
      "Prints a line for each version of each model.",
      "Besides torchvision's, models fetch takes any ResNet on Hugging Face as ORG/NAME."
    },
    mixinStandardHelpOptions = true)
final class ModelsListCommand extends ConsoleCommand {

  private static final int DIGEST_FROM = "sha256:".length();
  private static final int DIGEST_DIGITS = 12;

  @Mixin private ModelsFolder folder = new ModelsFolder();

  @Option(
      names = "--published",
      description = "Print instead what torchvision publishes, for models fetch.")
  private boolean published;

  @Override
  public Integer call() throws Exception {
    return published ? listPublished() : listModels();
  }

  private int listPublished() throws ModelException {
    List<String> there = folder.repository().names();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("NAME", "WEIGHTS", "TOP-1", "TOP-5", "PARAMETERS", "MIB", "INPUT", "HERE"));
    for (PublishedModel model : ModelFetcher.published()) {
      rows.add(
          List.of(
              model.name(),
              model.weights(),
              String.format(Locale.ROOT, "%.2f", model.accuracy()),
              String.format(Locale.ROOT, "%.2f", model.accuracy5()),
              String.format(Locale.ROOT, "%,d", model.parameters()),
              String.format(Locale.ROOT, "%.0f", model.mebibytes()),
              model.preprocessing().id(),
              there.contains(model.name()) ? "yes" : "no"));
    }
    printTable(rows);
    return 0;
  }

  private int listModels() throws ModelException {
    PrintWriter err = err();
    ModelRepository repository = folder.repository();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("NAME", "VERSION", "DIGEST", "LABELS", "INPUT", "WHERE"));
    int failures = 0;
    for (String name : repository.names()) {
      for (String version : repository.versions(name)) {
        try {
          rows.add(row(repository, repository.find(name, version).orElseThrow()));
        } catch (ModelException e) {
          err.println(e.getMessage());
          failures++;
        }
      }
    }
    printTable(rows);
    return failures == 0 ? 0 : 1;
  }

  private static List<String> row(ModelRepository repository, ModelSpec model)
      throws ModelException {
    return List.of(
        model.name(),
        model.version(),
        model.digest().substring(DIGEST_FROM, DIGEST_FROM + DIGEST_DIGITS),
        Integer.toString(model.labels().count()),
        model.preprocessing().id(),
        ModelsDescribeCommand.where(repository, model));
  }
}
