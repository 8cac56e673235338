package io.github.resnetserving.cli;

import io.github.resnetserving.cli.options.ConsoleCommand;
import io.github.resnetserving.cli.options.ModelsFolder;
import io.github.resnetserving.heads.Head;
import io.github.resnetserving.heads.HeadRepository;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "heads",
    description =
        "Fits, lists and removes heads: classifiers on a model's features, without training.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      HeadsFitCommand.class,
      HeadsCommand.ListCommand.class,
      HeadsCommand.RemoveCommand.class
    })
final class HeadsCommand {

  @Command(
      name = "list",
      description = "Prints a line for each head of each model.",
      mixinStandardHelpOptions = true)
  static final class ListCommand extends ConsoleCommand {

    /** Behind {@code sha256:}. */
    private static final int DIGEST_FROM = 7;

    private static final int DIGEST_DIGITS = 12;

    @Mixin private ModelsFolder folder = new ModelsFolder();

    @Option(names = "--model", paramLabel = "NAME", description = "Only this model's.")
    private @Nullable String model;

    @Override
    public Integer call() throws Exception {
      HeadRepository heads = new HeadRepository(folder.path());
      List<List<String>> rows = new ArrayList<>();
      rows.add(
          List.of(
              "MODEL",
              "HEAD",
              "VERSION",
              "KIND",
              "CLASSES",
              "IMAGES",
              "ACCURACY",
              "DIGEST",
              "WEIGHTS",
              "CREATED",
              "DATA"));
      List<String> damaged = new ArrayList<>();
      String asked = model;
      for (String name : asked == null ? heads.models() : List.of(asked)) {
        heads.list(name, damaged::add).forEach(head -> rows.add(row(head)));
      }
      damaged.forEach(err()::println);
      err().flush();
      printTable(rows);
      return damaged.isEmpty() ? 0 : 1;
    }

    private static List<String> row(Head.Facts head) {
      return List.of(
          head.backbone().model(),
          head.name(),
          head.version(),
          head.kind(),
          Integer.toString(head.classes()),
          Integer.toString(head.fit().images()),
          String.format(Locale.ROOT, "%.1f %%", 100 * head.fit().accuracy()),
          shortened(head.digest()),
          shortened(head.backbone().weights()),
          head.created(),
          head.data());
    }

    private static String shortened(String digest) {
      return digest.length() < DIGEST_FROM + DIGEST_DIGITS
          ? digest
          : digest.substring(DIGEST_FROM, DIGEST_FROM + DIGEST_DIGITS);
    }
  }

  @Command(name = "remove", description = "Removes a head, with all versions or one.")
  static final class RemoveCommand implements Callable<Integer> {

    @Mixin private ModelsFolder folder = new ModelsFolder();

    @Option(
        names = "--model",
        required = true,
        paramLabel = "NAME",
        description = "The model whose head it is.")
    private String model = "";

    @Parameters(paramLabel = "HEAD", description = "The head.")
    private String name = "";

    @Mixin private VersionChoice choice = new VersionChoice();

    @Override
    public Integer call() throws Exception {
      new HeadRepository(folder.path()).remove(model, name, choice.version().orElse(null));
      return 0;
    }
  }
}
